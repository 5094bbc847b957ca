import { testGuide } from "../support/guide.js";
import { picturesOf } from "../support/pictures.js";

/** The files of two classes, in a folder for each. */
const PICTURES = Object.fromEntries(
  [picturesOf("cat", "tomato", 8), picturesOf("dog", "navy", 8)].flatMap((files) =>
    files.map(({ name, buffer }) => [`pictures/${name.replace("-", "/")}`, buffer]),
  ),
);

testGuide("docs/guides/data.md", {
  files: PICTURES,
  joined: ["Streams"],
  checks: {
    "Read a dataset from files": `
      expect(plotted.length, 126);
      expectBetween(0.8, metrics.accuracy, 1);
    `,
    Streams: "expect(classifier.epochsDone, 2);",
    "Your own pictures in Node": `
      expect(classes.join(), "cat,dog");
      expectBetween(0.9, history.at(-1)?.metrics.accuracy, 1);
    `,
    Weights: "expect(model.epochsDone, 1);",
    Augmentation: "expect(model.epochsDone, 2);",
    "Batches for a loop of your own": "expect(sizes.join(), '64,64,64,64,64,64,64,64');",
  },
});

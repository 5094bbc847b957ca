import { testGuide } from "../support/guide.js";
import { picturesOf } from "../support/pictures.js";

/** The files of two classes, in a folder for each. */
const PICTURES = Object.fromEntries(
  [picturesOf("cat", "tomato", 20), picturesOf("dog", "navy", 20)].flatMap((files) =>
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
      expect([testSet, trainSet].map(({ labels }) => labels.length).join(), "8,32");
      for (const { labels } of [testSet, { labels: trainSet.labels.slice(-6) }]) expect(new Set(labels).size, 2);
      expectBetween(0.9, result.accuracy, 1);
      const { loadCheckpoint } = await import("webgpu-cnn/io");
      const { loadModel } = await import("webgpu-cnn/nn");
      const again = await loadModel(await loadCheckpoint("pictures.safetensors"), backend);
      expect((await again.predictAll(testSet)).shape.join(), "8,2");
    `,
    Weights: "expect(model.epochsDone, 1);",
    Augmentation: "expect(model.epochsDone, 2);",
    "Batches for a loop of your own": "expect(sizes.join(), '64,64,64,64,64,64,64,64');",
  },
});

import { testGuide } from "../support/guide.js";

testGuide("docs/guides/data.md", {
  joined: ["Streams"],
  checks: {
    "Read a dataset from files": `
      expect(plotted.length, 126);
      expectBetween(0.8, metrics.accuracy, 1);
    `,
    Streams: "expect(classifier.epochsDone, 2);",
    Weights: "expect(model.epochsDone, 1);",
    Augmentation: "expect(model.epochsDone, 2);",
    "Batches for a loop of your own": "expect(sizes.join(), '64,64,64,64,64,64,64,64');",
  },
});

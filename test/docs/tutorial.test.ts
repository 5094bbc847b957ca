import { testGuide } from "./support/guide.js";

testGuide("docs/tutorial.md", {
  checks: {
    "A convolution and its picture": "expect(shown.length, 2);",
    "Train it": `
      expect(plotted.length, 2 * 75);
      expectBetween(0.9, metrics.accuracy, 1);
      const losses = plotted.filter(([name]) => name === "loss").map(([, value]) => value);
      expectBetween(2, losses[0], 3);
      expectBetween(0, losses.at(-1), 0.5);
    `,
    "What the filters learned": "expect(shown.length, 2 + 3);",
  },
});

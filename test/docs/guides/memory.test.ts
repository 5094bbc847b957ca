import { testGuide } from "../support/guide.js";

testGuide("docs/guides/memory.md", {
  checks: {
    "Make a step smaller": "expectBetween(16 * 62 * 62 * 32 * 4, step.plan?.peakBytes, 1e9);",
    "When the device is lost": `
      expect(losses, 1);
      expect(model.epochsDone, 4);
    `,
  },
});

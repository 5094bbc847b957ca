import { testGuide } from "../support/guide.js";

testGuide("docs/guides/recorded-steps.md", {
  checks: {
    "Record a step": `
      const losses = plotted.map(([, value]) => value);
      expect(losses.length, 100);
      expectBetween(0, losses.at(-1), 1e-3);
    `,
  },
});

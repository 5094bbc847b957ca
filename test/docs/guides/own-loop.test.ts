import { testGuide } from "../support/guide.js";

testGuide("docs/guides/own-loop.md", {
  joined: ["Gradient accumulation", "Record the step"],
  checks: {
    "A step": 'expect(plotted.filter(([name]) => name === "loss").length, 63);',
    "Record the step": `
      const losses = plotted.filter(([name]) => name === "recorded loss").map(([, value]) => value);
      expect(losses.length, 62);
      expectBetween(0, losses.at(-1), 1);
      expect(step, 63 + 62 + 62);
      for (const each of [model, optimizer]) each.dispose();
      expect(backend.memory().tensors, 0);
    `,
  },
});

import { testGuide } from "../support/guide.js";

testGuide("docs/guides/own-loop.md", {
  joined: ["Gradient accumulation", "Two models at once"],
  checks: {
    "A step": 'expect(plotted.filter(([name]) => name === "loss").length, 63);',
    "Two models at once": `
      expect(step, 63 + 62);
      for (const each of [model, generator, critic, optimizer, generatorOptimizer, criticOptimizer]) each.dispose();
      expect(backend.memory().tensors, 0);
    `,
  },
});

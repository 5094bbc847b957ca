import { testGuide } from "./support/guide.js";

testGuide("docs/index.md", {
  checks: {
    "": `
      expect(shown.length, 3);
      const [first, last] = [plotted[0]?.[1], plotted.at(-1)?.[1]];
      expectBetween(0, last, (first ?? 0) / 1000);
    `,
  },
});

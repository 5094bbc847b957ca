import { testGuide } from "../support/guide.js";

testGuide("docs/guides/transfer.md", {
  checks: {
    "Compute the features once": `
      const [apart, whole] = [await head.predictAll({ images: data, shape }), await joined.predictAll(train)];
      expect(apart.data.join(), whole.data.join());
    `,
  },
});

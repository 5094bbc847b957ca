import { testGuide } from "../support/guide.js";

testGuide("docs/guides/unet.md", {
  joined: ["How it is built", "A class for each pixel", "Measure it"],
  checks: {
    "Train a small one": `
      expectBetween(0.98, metrics["accuracy"], 1);
      expect(plotted.length, 8 * 7);
      expect(shown.map(({ width, height }) => [width, height].join()).join(), [8 * side, 3 * side].join());
    `,
    "How it is built": `
      const { value } = backend.tidy(() => ({ value: deep.predict(backend.zeros([1, 48, 96, 1])).shape }));
      expect(value.join(), "1,48,96,3");
    `,
    "A class for each pixel": `
      expect(mirrored(mirrored(train.images)).join(), train.images.join());
      expect(mirrored(train.labels).slice(0, side).join(), [...train.labels.slice(0, side)].reverse().join());
      const crossTest = { ...test, labels: test.labels.map((label) => (label === 2 ? 1 : 0)) };
      expectBetween(0.98, (await crosses.evaluate(crossTest)).metrics["accuracy"], 1);
    `,
    "Measure it": `
      for (const share of shares) expectBetween(0.85, share, 1);
      expect(intersectionOverUnion(Uint8Array.of(1, 1, 0, 2), Uint8Array.of(1, 0, 1, 2), 1), 1 / 3);
    `,
  },
});

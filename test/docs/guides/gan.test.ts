import { testGuide } from "../support/guide.js";

testGuide("docs/guides/gan.md", {
  joined: ["See whether it works"],
  checks: {
    "Train it": `
      expect(shown.length, 4);
      const last = (name: string) => plotted.findLast(([of]) => of === name)?.[1];
      expectBetween(0.3, last("critic"), 1.5);
      expectBetween(0.5, last("generator"), 4);

      // The mean of the made pictures is closer to the mean three than to the mean of each other digit: 0.85 to 0.72 for
      // the five. The mean three alone is no judge: that of the fives has 0.84 with it.
      const made = await generator.predictAll({ images: draw(64), shape: [64, noiseSize] });
      const meanOf = (values: ArrayLike<number>, count: number) =>
        Array.from({ length: 784 }, (_, i) => Array.from({ length: count }, (_, n) => values[784 * n + i] ?? 0).reduce((a, b) => a + b) / count);
      const centred = (values: number[]) => {
        const mean = values.reduce((a, b) => a + b) / values.length;
        return values.map((value) => value - mean);
      };
      const x = centred(meanOf(made.data, 64));
      const product = (a: number[], b: number[]) => a.reduce((sum, value, i) => sum + value * (b[i] ?? 0), 0);
      const likeness = Array.from({ length: 10 }, (_, digit) => {
        const own = [...labels.keys()].filter((n) => labels[n] === digit);
        const y = centred(meanOf(own.flatMap((n) => [...images.subarray(784 * n, 784 * (n + 1))]), own.length));
        return product(x, y) / Math.sqrt(product(x, x) * product(y, y));
      });
      const three = likeness[3] ?? 0;
      expectBetween(0.08, three - Math.max(...likeness.filter((_, digit) => digit !== 3)), 1);
      recorded.dispose();
    `,
    "See whether it works": `
      expect(shape.join(), "5,28,28,1");
      const [noise, pictures] = [{ images: draw(3), shape: [3, noiseSize] }, [generator, artist]];
      const [ours, theirs] = await Promise.all(pictures.map(async (model) => (await model.predictAll(noise)).data.join()));
      expect(ours, theirs);
    `,
  },
});

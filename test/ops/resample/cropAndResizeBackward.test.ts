import fc from "fast-check";
import { expect, test } from "vitest";
import { cropAndResize, cropAndResizeBackward, mul, reduceSum, valueAndGradients } from "webgpu-cnn";
import { describeOnEveryBackend, evaluate, upload } from "../../support/backends.js";
import { expectWithinBound } from "../../support/expectWithinBound.js";
import * as oracle from "../../support/float64.js";
import { randomOperand, randomValues } from "../../support/random.js";
import { sampled, sampledCases } from "../../support/sampling.js";
import { cropAndResizeCase } from "../../support/shapeArbitraries.js";

describeOnEveryBackend("cropAndResizeBackward", (backend) => {
  const gradient = (
    shape: readonly number[],
    dy: oracle.Operand,
    boxes: oracle.Operand,
    boxIndices: oracle.Operand,
    options: oracle.CropAndResizeOptions,
  ) =>
    evaluate(backend(), () =>
      cropAndResizeBackward(
        shape,
        upload(backend(), dy),
        upload(backend(), boxes),
        upload(backend(), boxIndices),
        options,
      ),
    );
  /** Boxes anywhere, also flipped and partly outside. */
  const randomBoxes = (count: number, seed: number) => ({
    data: randomValues(4 * count, seed).map((value) => 0.5 + 0.7 * value),
    shape: [count, 4],
  });

  test("keeps the numerical promise over random geometry", async () => {
    await fc.assert(
      fc.asyncProperty(cropAndResizeCase(), async ({ imagesShape, boxes, boxIndices, options, seed }) => {
        const dy = randomOperand(oracle.cropAndResizeOutputShape(imagesShape, boxes, options), seed);
        const expected = oracle.cropAndResizeBackward(imagesShape, dy, boxes, boxIndices, options);
        const dimages = await gradient(imagesShape, dy, boxes, boxIndices, options);
        expectWithinBound(dimages, expected, "cropAndResizeBackward dimages");
      }),
      { numRuns: sampled(50) },
    );
  });

  test.each(sampledCases(["bilinear", "nearest"] as const))(
    "agrees with finite differences of the forward and with valueAndGradients, %s",
    async (mode) => {
      const images = randomOperand([2, 5, 4, 3], 1);
      const boxes = randomBoxes(5, 2);
      const boxIndices = { data: Float32Array.of(1, 0, 1, 1, 0), shape: [5] };
      const options = { size: [4, 7], mode } as const;
      const dy = randomOperand([5, 4, 7, 3], 3);
      const dimages = await gradient(images.shape, dy, boxes, boxIndices, options);
      const forward = (data: Float64Array) =>
        oracle.cropAndResize({ data, shape: images.shape }, boxes, boxIndices, options).values;
      const slopes = oracle.finiteDifference(forward, images.data, dy.data);
      for (const [i, slope] of slopes.entries()) expect(dimages[i]).toBeCloseTo(slope, 4);
      const taped = await evaluate(backend(), () => {
        const [boxesT, indicesT, dyT] = [boxes, boxIndices, dy].map((operand) => upload(backend(), operand));
        if (!boxesT || !indicesT || !dyT) throw new Error("three tensors");
        return valueAndGradients(([images]) => reduceSum(mul(cropAndResize(images, boxesT, indicesT, options), dyT)), [
          upload(backend(), images),
        ] as const).gradients[0];
      });
      expect(taped).toEqual(dimages);
    },
  );

  test("adds long sums of one sign with a relative error below (8 + log2 K) · 2⁻²⁴", async () => {
    // All boxes of 40 × 40 outputs show the same pixel.
    const boxes = { data: new Float32Array(4 * 30).fill(0.5), shape: [30, 4] };
    const boxIndices = { data: new Float32Array(30), shape: [30] };
    const dy = { data: new Float32Array(30 * 40 * 40).fill(0.1), shape: [30, 40, 40, 1] };
    const dimages = await gradient([1, 3, 3, 1], dy, boxes, boxIndices, { size: 40 });
    const expected = 30 * 40 * 40 * Math.fround(0.1);
    expect(Math.abs((dimages[4] ?? 0) / expected - 1)).toBeLessThan((8 + Math.log2(30 * 40 * 40)) * 2 ** -24);
    // A long row of one box.
    const row = { data: new Float32Array(3000).fill(0.1), shape: [1, 1, 3000, 1] };
    const [box, index] = [boxes, boxIndices].map(({ data, shape }) => ({
      data: data.slice(0, shape.length === 2 ? 4 : 1),
      shape: shape.with(0, 1),
    }));
    if (!box || !index) throw new Error("two operands");
    const ofRow = await gradient([1, 3, 3, 1], row, box, index, { size: [1, 3000] });
    expect(Math.abs((ofRow[4] ?? 0) / (3000 * Math.fround(0.1)) - 1)).toBeLessThan((8 + Math.log2(3000)) * 2 ** -24);
  });

  test("gives the same bits on every run, and boxes without an image add nothing", async () => {
    const [boxes, dy] = [randomBoxes(20, 4), randomOperand([20, 6, 5, 8], 5)];
    const boxIndices = { data: Float32Array.from({ length: 20 }, (_, i) => (i % 4) - 1), shape: [20] };
    dy.data.fill(Number.NaN, 0, 6 * 5 * 8);
    const first = await gradient([3, 9, 8, 8], dy, boxes, boxIndices, { size: [6, 5] });
    expect(first.some(Number.isNaN)).toBe(false);
    for (let i = 0; i < 2; i++)
      expect(await gradient([3, 9, 8, 8], dy, boxes, boxIndices, { size: [6, 5] })).toEqual(first);
  });
});

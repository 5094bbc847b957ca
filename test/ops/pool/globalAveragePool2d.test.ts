import fc from "fast-check";
import { expect, test } from "vitest";
import { globalAveragePool2d } from "webgpu-cnn";
import { imageCase } from "../../support/arbitraries.js";
import { describeOnEachBackend, evaluate, upload } from "../../support/backends.js";
import { expectWithinBound } from "../../support/expectWithinBound.js";
import * as oracle from "../../support/float64.js";
import { randomOperand } from "../../support/random.js";
import { sampled, sampledCases } from "../../support/sampling.js";

describeOnEachBackend("globalAveragePool2d", (backend) => {
  const pool = (x: oracle.Operand, options: oracle.GlobalPool2dOptions = {}) =>
    evaluate(backend(), () => globalAveragePool2d(upload(backend(), x), options));

  test("keeps the numerical promise over random geometry", async () => {
    await fc.assert(
      fc.asyncProperty(imageCase(), async ({ xShape, layout, seed }) => {
        const x = randomOperand(xShape, seed);
        const expected = oracle.globalAveragePool2d(x, { layout });
        expectWithinBound(await pool(x, { layout }), expected, "globalAveragePool2d y");
      }),
      { numRuns: sampled(100) },
    );
  });

  test.each(
    sampledCases([
      ["one element", [1, 1, 1, 1]],
      ["one channel, a long sum", [1, 257, 131, 1]],
      ["four channels, a long sum", [2, 128, 128, 4]],
      ["many channels, a short sum", [3, 2, 1, 1028]],
      ["the end of a network", [16, 7, 7, 64]],
      ["a batch of 70,000", [70_000, 1, 2, 3]],
    ] as const),
  )("keeps the numerical promise: %s", async (_, shape) => {
    const x = randomOperand(shape, 1);
    expectWithinBound(await pool(x), oracle.globalAveragePool2d(x), "globalAveragePool2d y");
  });

  test("has four axes in both layouts", () => {
    const x = backend().zeros([2, 5, 4, 3]);
    expect(globalAveragePool2d(x).shape).toEqual([2, 1, 1, 3]);
    expect(globalAveragePool2d(x, { layout: "nchw" }).shape).toEqual([2, 5, 1, 1]);
  });

  test("gives the same bits on every run", async () => {
    const x = randomOperand([2, 90, 70, 6], 5);
    const first = await pool(x);
    for (let i = 0; i < 3; i++) expect(await pool(x)).toEqual(first);
  });

  test.each([3, 8])("a NaN or infinity reaches only its own channel, of %i", async (channels) => {
    const x = randomOperand([2, 40, 41, channels], 6);
    x.data[channels * 7] = Number.NaN;
    x.data[x.data.length - 1] = Number.NEGATIVE_INFINITY;
    expectWithinBound(await pool(x), oracle.globalAveragePool2d(x), "globalAveragePool2d y");
  });
});

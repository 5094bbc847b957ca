import fc from "fast-check";
import { expect, test } from "vitest";
import { globalMaxPool2d } from "webgpu-cnn";
import { imageCase } from "../../support/arbitraries.js";
import { describeOnEachBackend, evaluate, upload } from "../../support/backends.js";
import { expectWithinBound } from "../../support/expectWithinBound.js";
import * as oracle from "../../support/float64.js";
import { randomOperand } from "../../support/random.js";
import { sampled, sampledCases } from "../../support/sampling.js";

describeOnEachBackend("globalMaxPool2d", (backend) => {
  const pool = (x: oracle.Operand, options: oracle.GlobalPool2dOptions = {}) =>
    evaluate(backend(), () => globalMaxPool2d(upload(backend(), x), options));

  test("gives the exact maxima over random geometry", async () => {
    await fc.assert(
      fc.asyncProperty(imageCase(), async ({ xShape, layout, seed }) => {
        const x = randomOperand(xShape, seed);
        expectWithinBound(await pool(x, { layout }), oracle.globalMaxPool2d(x, { layout }), "globalMaxPool2d y");
      }),
      { numRuns: sampled(100) },
    );
  });

  test.each(
    sampledCases([
      ["one element", [1, 1, 1, 1]],
      ["one channel, in slices", [1, 257, 131, 1]],
      ["four channels, in slices", [2, 128, 128, 4]],
      ["many channels, few pixels", [3, 2, 1, 1028]],
      ["a batch of 70,000", [70_000, 1, 2, 3]],
    ] as const),
  )("gives the exact maxima: %s", async (_, shape) => {
    const x = randomOperand(shape, 1);
    expectWithinBound(await pool(x), oracle.globalMaxPool2d(x), "globalMaxPool2d y");
  });

  test("has four axes in both layouts", () => {
    const x = backend().zeros([2, 5, 4, 3]);
    expect(globalMaxPool2d(x).shape).toEqual([2, 1, 1, 3]);
    expect(globalMaxPool2d(x, { layout: "nchw" }).shape).toEqual([2, 5, 1, 1]);
  });

  test.each([
    [[Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY], Number.NEGATIVE_INFINITY],
    [[Number.NEGATIVE_INFINITY, -3.4e38], Math.fround(-3.4e38)],
    [[1, Number.NaN, Number.POSITIVE_INFINITY], Number.NaN],
    [[Number.POSITIVE_INFINITY, 1], Number.POSITIVE_INFINITY],
  ])("the maximum of %j is %d", async (values, expected) => {
    expect([...(await pool({ data: Float32Array.from(values), shape: [1, 1, values.length, 1] }))]).toEqual([expected]);
  });

  test.each([3, 8])("a NaN or infinity reaches only its own channel, of %i, in slices", async (channels) => {
    const x = randomOperand([2, 90, 91, channels], 6);
    x.data[channels * 7] = Number.NaN;
    x.data[x.data.length - 1] = Number.NaN;
    x.data[channels * 1001 + 1] = Number.POSITIVE_INFINITY;
    expectWithinBound(await pool(x), oracle.globalMaxPool2d(x), "globalMaxPool2d y");
  });
});

import fc from "fast-check";
import { expect, test } from "vitest";
import { layerNormalization, OptionError, ShapeError } from "webgpu-cnn";
import { describeOnEachBackend } from "../../support/backends.js";
import * as oracle from "../../support/float64.js";
import { type Normalization, normalized } from "../../support/groupNormalization.js";
import { layerNormalizationCase } from "../../support/groupNormalizationCase.js";
import { randomOperand } from "../../support/random.js";
import { expectRefusal, wrong, zerosOn } from "../../support/refusals.js";
import { sampled, sampledCases } from "../../support/sampling.js";

const SUBJECT: Normalization<oracle.LayerNormalizationOptions> = {
  name: "layerNormalization",
  operator: layerNormalization,
  oracle: oracle.layerNormalization,
};

describeOnEachBackend("layerNormalization", (backend) => {
  const normalize = (x: oracle.Operand, options: oracle.LayerNormalizationOptions = {}) =>
    normalized(backend(), SUBJECT, x, options);

  test("keeps its bound over random shapes, axes and options", async () => {
    await fc.assert(
      fc.asyncProperty(layerNormalizationCase(), async ({ x, options }) => {
        await normalize(x, options);
      }),
      { numRuns: sampled(60) },
    );
  });

  test.each(
    sampledCases([
      ["many short rows", [2000, 7]],
      ["many rows, four elements at a time", [700, 32]],
      ["one long row", [1, 20_000]],
      ["one long row of an odd length", [1, 10_001]],
      ["images", [3, 20, 21, 8]],
    ] as const),
  )("keeps its bound: %s", async (_, shape) => {
    const channels = shape.slice(1);
    await normalize(randomOperand(shape, 1), { scale: randomOperand(channels, 2), bias: randomOperand(channels, 3) });
  });

  test("keeps its bound for axes that are not the last, with a scale in the order of the axes", async () => {
    const x = randomOperand([3, 4, 5, 6], 1);
    const scale = randomOperand([5, 3], 2);
    await normalize(x, { axes: [2, 0], scale });
    await normalize(x, { axes: [-2, -4], scale });
    await normalize(randomOperand([2, 3, 2, 3, 2, 3, 2], 1), { axes: [5, 1, 3] });
  });

  test("gives the bias if axes is empty, because each element is its own mean", async () => {
    const bias = { data: Float32Array.of(5), shape: [] };
    expect([...(await normalize(randomOperand([2, 3], 1), { axes: [], bias }))]).toEqual([5, 5, 5, 5, 5, 5]);
  });

  // Deviations of −1, 0, 1 by √(2/3), and of −2, −2, 4 by √8.
  test("gives known values", async () => {
    const y = await normalize({ data: Float32Array.of(1, 2, 3, 4, 4, 10), shape: [2, 3] }, { epsilon: 0 });
    const expected = [-Math.sqrt(1.5), 0, Math.sqrt(1.5), -Math.SQRT1_2, -Math.SQRT1_2, Math.SQRT2];
    for (const [i, value] of expected.entries()) expect(y[i]).toBeCloseTo(value, 5);
  });

  test.each([
    [1e4, 1],
    [1e30, 1e29],
  ])("is accurate for rows around %d with a spread of %d", async (level, spread) => {
    const shape = [40, 333];
    const x = { data: randomOperand(shape, 3).data.map((value) => level + spread * value), shape };
    const y = await normalize(x);
    const { values } = oracle.layerNormalization(x);
    for (const [i, value] of values.entries()) expect(Math.abs(oracle.at(y, i) - value)).toBeLessThanOrEqual(2e-6);
  });

  const zeros = zerosOn(backend);

  test("refuses wrong options", () => {
    const refuses = (message: string, options: unknown) =>
      expectRefusal(backend(), OptionError, `layerNormalization: ${message}`, () =>
        layerNormalization(zeros(2, 4), wrong(options)),
      );
    refuses("axes is [2], expected an array of distinct integers from -2 to 1, such as [1]", { axes: [2] });
    refuses("axes is [1, -1], expected an array of distinct integers from -2 to 1, such as [1]", { axes: [1, -1] });
    refuses("axes is 1, expected an array of distinct integers from -2 to 1, such as [1]", { axes: 1 });
    refuses("epsilon is NaN, expected a number in [0, Infinity)", { epsilon: Number.NaN });
    refuses("unknown option axis; did you mean axes?", { axis: 1 });
  });

  test("asks for the axes of a vector and a scalar, because the default has none for them", async () => {
    for (const shape of [[], [4]]) {
      expectRefusal(
        backend(),
        ShapeError,
        /^layerNormalization: x is \[4?\], and the default axes begin with the second/,
        () => layerNormalization(zeros(...shape)),
      );
    }
    const y = await normalize({ data: Float32Array.of(1, 2, 3), shape: [3] }, { axes: [0], epsilon: 0 });
    for (const [i, value] of [-Math.sqrt(1.5), 0, Math.sqrt(1.5)].entries()) expect(y[i]).toBeCloseTo(value, 5);
  });

  test("refuses a scale that does not fit the axes", () => {
    const refuses = (message: string, options: object) =>
      expectRefusal(backend(), ShapeError, `layerNormalization: ${message}`, () =>
        layerNormalization(zeros(2, 4, 3), options),
      );
    const of = (axes: string) => `the extents of x along axes [${axes}] (x [2, 4, 3])`;
    refuses(`scale is [3], expected [4, 3], ${of("1, 2")}`, { scale: zeros(3) });
    refuses(`bias is [4, 3], expected [3, 4], ${of("2, 1")}`, { bias: zeros(4, 3), axes: [-1, 1] });
  });
});

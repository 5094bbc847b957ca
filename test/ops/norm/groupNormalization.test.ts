import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createBackend, groupNormalization, OptionError, ShapeError, type ValidationReport } from "webgpu-cnn";
import { describeOnEachBackend, upload } from "../../support/backends.js";
import * as oracle from "../../support/float64.js";
import { type Normalization, normalized } from "../../support/groupNormalization.js";
import { groupNormalizationCase } from "../../support/groupNormalizationCase.js";
import { randomOperand } from "../../support/random.js";
import { expectRefusal, wrong, zerosOn } from "../../support/refusals.js";
import { sampled, sampledCases } from "../../support/sampling.js";

const SUBJECT: Normalization<oracle.GroupNormalizationOptions> = {
  name: "groupNormalization",
  operator: groupNormalization,
  oracle: oracle.groupNormalization,
};

describeOnEachBackend("groupNormalization", (backend) => {
  const normalize = (x: oracle.Operand, options: oracle.GroupNormalizationOptions) =>
    normalized(backend(), SUBJECT, x, options);

  test("keeps its bound over random images, groups and options", async () => {
    await fc.assert(
      fc.asyncProperty(groupNormalizationCase(), async ({ x, options }) => {
        await normalize(x, options);
      }),
      { numRuns: sampled(60) },
    );
  });

  test.each(
    sampledCases([
      ["many pixels, one group of one channel", [1, 90, 90, 1], 1],
      ["many pixels, four groups at a time", [1, 50, 40, 8], 8],
      ["many pixels, four channels of a group at a time", [1, 40, 40, 16], 2],
      ["groups of odd channels", [2, 30, 30, 6], 2],
      ["one pixel", [3, 1, 1, 24], 2],
      ["many images", [200, 2, 2, 4], 2],
    ] as const),
  )("keeps its bound: %s", async (_, shape, groups) => {
    const x = randomOperand(shape, 1);
    const channels = shape[3];
    await normalize(x, { groups, scale: randomOperand([channels], 2), bias: randomOperand([channels], 3) });
  });

  // Each group holds four neighbouring integers. Their variance is 1.25.
  test("divides neighbouring channels into groups like PyTorch", async () => {
    const x = { data: Float32Array.from({ length: 8 }, (_, i) => i), shape: [1, 4, 1, 2] };
    const [scale, bias] = [
      { data: Float32Array.of(1, 2, 3, 4), shape: [4] },
      { data: Float32Array.of(0, 1, 0, 1), shape: [4] },
    ];
    const y = await normalize(x, { groups: 2, layout: "nchw", scale, bias });
    const [outer, inner] = [1.5 / Math.sqrt(1.25), 0.5 / Math.sqrt(1.25)];
    const expected = [
      -outer,
      -inner,
      1 + 2 * inner,
      1 + 2 * outer,
      -3 * outer,
      -3 * inner,
      1 + 4 * inner,
      1 + 4 * outer,
    ];
    for (const [i, value] of expected.entries()) expect(y[i]).toBeCloseTo(value, 4);
  });

  describe("is accurate", () => {
    const shape = [2, 25, 20, 8];
    const offset = (level: number, spread: number) => ({
      data: randomOperand(shape, 3).data.map((value) => level + spread * value),
      shape,
    });

    // The bound holds for all values. These values are much closer.
    test.each([
      [0, 1],
      [1e4, 1],
      [-1e6, 1],
      [1e30, 1e28],
      [0, 1e30],
      [0, 3e38],
      [1e38, 1e37],
    ])("around %d with a spread of %d", async (level, spread) => {
      for (const groups of [2, 8]) {
        const y = await normalize(offset(level, spread), { groups });
        const { values } = oracle.groupNormalization(offset(level, spread), { groups });
        for (const [i, value] of values.entries()) {
          expect(Math.abs(oracle.at(y, i) - value)).toBeLessThanOrEqual(2e-6 + 2e-6 * Math.abs(value));
        }
      }
    });

    test.each([1e-30, 1e-15, 1e30])("with an epsilon of 0 and values around %d", async (spread) => {
      const y = await normalize(offset(0, spread), { groups: 2, epsilon: 0 });
      const { values } = oracle.groupNormalization(offset(0, spread), { groups: 2, epsilon: 0 });
      for (const [i, value] of values.entries()) expect(Math.abs(oracle.at(y, i) - value)).toBeLessThanOrEqual(2e-6);
    });

    test("with slices of very different magnitude", async () => {
      const x = randomOperand([1, 64, 64, 4], 1);
      x.data.set(x.data.map((value, i) => value * 10 ** (i % 60) * 1e-25));
      await normalize(x, { groups: 1 });
      await normalize(x, { groups: 4 });
    });
  });

  test.each([0.1, 12_345.678, -3e4, 1e30, 3e38])("a constant group of %d gives the bias", async (value) => {
    const x = { data: new Float32Array(2 * 30 * 31 * 4).fill(value), shape: [2, 30, 31, 4] };
    const bias = { data: Float32Array.of(1, -2, 3, 0), shape: [4] };
    for (const groups of [1, 4]) {
      const y = await normalize(x, { groups, bias });
      expect(y.every((value, i) => value === bias.data[i % 4])).toBe(true);
    }
  });

  test("a NaN or infinity changes only its own group", async () => {
    const x = randomOperand([2, 20, 20, 8], 1);
    x.data[0] = Number.NaN;
    x.data[8 * 300 + 6] = Number.POSITIVE_INFINITY;
    for (const [groups, lost] of [
      [2, 2 * 4 * 400],
      [8, 2 * 400],
    ] as const) {
      const y = await normalize(x, { groups });
      expect(y.filter(Number.isNaN).length).toBe(lost);
    }
  });

  test("gives the same bits on every run", async () => {
    const x = randomOperand([3, 20, 41, 12], 5);
    const first = await normalize(x, { groups: 3 });
    for (let i = 0; i < 2; i++) expect(await normalize(x, { groups: 3 })).toEqual(first);
  });

  const zeros = zerosOn(backend);

  test("refuses wrong options", () => {
    const refuses = (message: string, options: unknown) =>
      expectRefusal(backend(), OptionError, `groupNormalization: ${message}`, () =>
        groupNormalization(zeros(1, 2, 2, 6), wrong(options)),
      );
    refuses("groups is required: expected an integer ≥ 1", {});
    refuses("groups is 4, expected a divisor of the 6 channels (x [1, 2, 2, 6] nhwc)", { groups: 4 });
    refuses("epsilon is -1, expected a number in [0, Infinity)", { groups: 2, epsilon: -1 });
    refuses('layout is "nwhc", expected "nhwc" or "nchw"; did you mean "nhwc"?', { groups: 2, layout: "nwhc" });
    refuses("unknown option group; did you mean groups?", { group: 2 });
    refuses("scale must be a Tensor, got 1; make one with backend.tensor(…)", { groups: 2, scale: 1 });
  });

  test("refuses shapes that disagree", () => {
    const refuses = (message: string, call: () => unknown) =>
      expectRefusal(backend(), ShapeError, `groupNormalization: ${message}`, call);
    refuses("scale is [3], expected [6], the channels of x (x [1, 2, 2, 6] nhwc)", () =>
      groupNormalization(zeros(1, 2, 2, 6), { groups: 2, scale: zeros(3) }),
    );
    refuses("x has rank 2, expected 4 (nhwc), got [2, 6]; use reshape to add axes of extent 1", () =>
      groupNormalization(zeros(2, 6), { groups: 2 }),
    );
  });
});

test("groupNormalization passes validation with its bound", async () => {
  const reports: ValidationReport[] = [];
  const backend = await createBackend({ kind: "webgpu", validate: (report) => reports.push(report) });
  await groupNormalization(upload(backend, randomOperand([2, 20, 20, 8], 1)), { groups: 2 }).read();
  expect(reports.map(({ tensor }) => tensor)).toEqual(["y"]);
  for (const { largestShare } of reports) expect(largestShare).toBeLessThanOrEqual(1);
  backend.destroy();
});

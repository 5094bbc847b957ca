import fc from "fast-check";
import { expect, test } from "vitest";
import {
  createBackend,
  groupNormalization,
  groupNormalizationBackward,
  mul,
  reduceSum,
  ShapeError,
  type Tensor,
  valueAndGradients,
} from "webgpu-cnn";
import { describeOnEachBackend, upload } from "../../support/backends.js";
import { evaluateAll } from "../../support/batchNormalization.js";
import * as oracle from "../../support/float64.js";
import { expectSlopes, gradients, type NormalizationBackward } from "../../support/groupNormalization.js";
import { groupNormalizationCase } from "../../support/groupNormalizationCase.js";
import { randomOperand } from "../../support/random.js";
import { expectRefusal, zerosOn } from "../../support/refusals.js";
import { sampled, sampledCases } from "../../support/sampling.js";

const SUBJECT: NormalizationBackward<oracle.GroupNormalizationOptions> = {
  name: "groupNormalizationBackward",
  operator: (x, dy, options) => ({ ...groupNormalizationBackward(x, dy, options) }),
  oracle: oracle.groupNormalizationBackward,
  forward: oracle.groupNormalization,
};

describeOnEachBackend("groupNormalizationBackward", (backend) => {
  const differentiate = (x: oracle.Operand, dy: oracle.Operand, options: oracle.GroupNormalizationOptions) =>
    gradients(backend(), SUBJECT, x, dy, options);

  test("keeps its bound over random images, groups and options", async () => {
    await fc.assert(
      fc.asyncProperty(groupNormalizationCase(), async ({ x, dy, options }) => {
        await differentiate(x, dy, options);
      }),
      { numRuns: sampled(40) },
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
    const scale = randomOperand(shape.slice(3), 3);
    await differentiate(randomOperand(shape, 1), randomOperand(shape, 2), { groups, scale });
  });

  test("agrees with finite differences of the forward, including the statistics", async () => {
    for (const [groups, layout] of [
      [2, "nchw"],
      [1, "nhwc"],
      [4, "nhwc"],
    ] as const) {
      const shape = [2, 4, 2, 4];
      const [scale, bias] = [randomOperand([4], 3), randomOperand([4], 4)];
      const options = { groups, layout, scale, bias };
      await expectSlopes(backend(), SUBJECT, randomOperand(shape, 1), randomOperand(shape, 2), options);
    }
  });

  test("agrees with valueAndGradients", async () => {
    const [x, dy, scale, bias] = [[2, 3, 3, 4], [2, 3, 3, 4], [4], [4]].map((shape, i) => randomOperand(shape, i + 1));
    if (!x || !dy || !scale || !bias) throw new Error("four shapes give four operands");
    const up = (operand: oracle.Operand) => upload(backend(), operand);
    const expected = await differentiate(x, dy, { groups: 2, scale, bias });
    const given = await evaluateAll(backend(), () => {
      const normalize = (given: { readonly x: Tensor; readonly scale: Tensor; readonly bias: Tensor }) =>
        groupNormalization(given.x, { groups: 2, scale: given.scale, bias: given.bias });
      const parameters = { x: up(x), scale: up(scale), bias: up(bias) };
      return { ...valueAndGradients((given) => reduceSum(mul(normalize(given), up(dy))), parameters).gradients };
    });
    expect(given).toEqual({ x: expected.dx, scale: expected.dscale, bias: expected.dbias });
  });

  test("is accurate for values around 10³⁰ and a large common offset", async () => {
    const [shape, groups] = [[2, 20, 30, 4], 2];
    for (const [level, spread] of [
      [0, 1e30],
      [1e4, 1],
    ] as const) {
      const x = { data: randomOperand(shape, 1).data.map((value) => level + spread * value), shape };
      const dy = randomOperand(shape, 2);
      const { dx } = await differentiate(x, dy, { groups });
      const expected = oracle.groupNormalizationBackward(x, dy, { groups }).dx.values;
      for (const [i, value] of expected.entries()) {
        expect(Math.abs(oracle.at(dx, i) - value) * spread).toBeLessThanOrEqual(1e-5);
      }
    }
  });

  test("the gradient of the bias adds a long sum of one sign with a relative error below (8 + log2 K) · 2⁻²⁴", async () => {
    const shape = [2, 100, 100, 4];
    const dy = { data: new Float32Array(2 * 100 * 100 * 4).fill(0.1), shape };
    const { dbias } = await differentiate(randomOperand(shape, 1), dy, { groups: 1 });
    const expected = 20_000 * Math.fround(0.1);
    for (const value of dbias) {
      expect(Math.abs(value - expected)).toBeLessThanOrEqual((8 + Math.log2(20_000)) * 2 ** -24 * expected);
    }
  });

  test("a NaN gives NaN only in the gradients of its group and its channels", async () => {
    const [x, dy] = [randomOperand([2, 3, 3, 4], 1), randomOperand([2, 3, 3, 4], 2)];
    x.data[1] = Number.NaN;
    const { dx, dscale } = await differentiate(x, dy, { groups: 2 });
    expect(dx.filter(Number.isNaN).length).toBe(18);
    expect(dscale.filter(Number.isNaN).length).toBe(2);
  });

  test("gives the same bits on every run", async () => {
    const [x, dy] = [randomOperand([3, 20, 41, 12], 5), randomOperand([3, 20, 41, 12], 6)];
    const first = await differentiate(x, dy, { groups: 3 });
    for (let i = 0; i < 2; i++) expect(await differentiate(x, dy, { groups: 3 })).toEqual(first);
  });

  test("agrees with its reference within its declared bound", async () => {
    const checked = await createBackend({ kind: backend().kind, validate: true });
    for (const groups of [1, 2, 8]) {
      const [x, dy] = [randomOperand([2, 15, 15, 8], 1), randomOperand([2, 15, 15, 8], 2)];
      await gradients(checked, SUBJECT, x, dy, { groups, scale: randomOperand([8], 3) });
    }
    await checked.settled();
    checked.destroy();
  });

  test("an infinite scale gives what it gives in the reference", async () => {
    const checked = await createBackend({ kind: backend().kind, validate: true });
    const scale = { data: Float32Array.of(1, Infinity, 2, -Infinity, 3, 4, 5, 6), shape: [8] };
    for (const groups of [1, 2, 4, 8]) {
      const [x, dy] = [randomOperand([2, 2, 1, 8], 1), randomOperand([2, 2, 1, 8], 2)];
      await gradients(checked, SUBJECT, x, dy, { groups, scale });
      // Terms of one sign.
      await gradients(checked, SUBJECT, x, { ...dy, data: dy.data.map(Math.abs) }, { groups, scale });
    }
    await checked.settled();
    checked.destroy();
  });

  const zeros = zerosOn(backend);

  test("refuses a dy of another shape", () => {
    const message = "groupNormalizationBackward: dy is [1, 2, 3, 4], expected the forward's output [1, 3, 2, 4] nhwc";
    expectRefusal(backend(), ShapeError, message, () =>
      groupNormalizationBackward(zeros(1, 3, 2, 4), zeros(1, 2, 3, 4), { groups: 2 }),
    );
  });
});

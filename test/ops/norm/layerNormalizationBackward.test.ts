import fc from "fast-check";
import { expect, test } from "vitest";
import {
  layerNormalization,
  layerNormalizationBackward,
  mul,
  reduceSum,
  ShapeError,
  valueAndGradients,
} from "webgpu-cnn";
import { describeOnEachBackend, upload } from "../../support/backends.js";
import { evaluateAll } from "../../support/batchNormalization.js";
import * as oracle from "../../support/float64.js";
import { expectSlopes, gradients, type NormalizationBackward } from "../../support/groupNormalization.js";
import { layerNormalizationCase } from "../../support/groupNormalizationCase.js";
import { randomOperand } from "../../support/random.js";
import { expectRefusal, zerosOn } from "../../support/refusals.js";
import { sampled, sampledCases } from "../../support/sampling.js";

const SUBJECT: NormalizationBackward<oracle.LayerNormalizationOptions> = {
  name: "layerNormalizationBackward",
  operator: (x, dy, options) => ({ ...layerNormalizationBackward(x, dy, options) }),
  oracle: oracle.layerNormalizationBackward,
  forward: oracle.layerNormalization,
};

describeOnEachBackend("layerNormalizationBackward", (backend) => {
  const differentiate = (x: oracle.Operand, dy: oracle.Operand, options: oracle.LayerNormalizationOptions = {}) =>
    gradients(backend(), SUBJECT, x, dy, options);

  test("keeps its bound over random shapes, axes and options", async () => {
    await fc.assert(
      fc.asyncProperty(layerNormalizationCase(), async ({ x, dy, options }) => {
        await differentiate(x, dy, options);
      }),
      { numRuns: sampled(40) },
    );
  });

  test.each(
    sampledCases([
      ["many short rows", [2000, 7]],
      ["many rows, four elements at a time", [700, 32]],
      ["one long row", [1, 20_000]],
      ["images", [3, 20, 21, 8]],
    ] as const),
  )("keeps its bound: %s", async (_, shape) => {
    const scale = randomOperand(shape.slice(1), 3);
    await differentiate(randomOperand(shape, 1), randomOperand(shape, 2), { scale });
  });

  test("agrees with finite differences of the forward, including the statistics", async () => {
    const [x, dy] = [randomOperand([2, 3, 4], 1), randomOperand([2, 3, 4], 2)];
    for (const axes of [[1, 2], [-1], [2, 0]]) {
      const shape = axes.map((axis) => oracle.at(x.shape, (axis + 3) % 3));
      await expectSlopes(backend(), SUBJECT, x, dy, {
        axes,
        scale: randomOperand(shape, 3),
        bias: randomOperand(shape, 4),
      });
    }
  });

  test("agrees with valueAndGradients", async () => {
    const [x, dy, scale] = [randomOperand([4, 5, 3], 1), randomOperand([4, 5, 3], 2), randomOperand([3, 5], 3)];
    const up = (operand: oracle.Operand) => upload(backend(), operand);
    const expected = await differentiate(x, dy, { axes: [2, 1], scale });
    const given = await evaluateAll(backend(), () => ({
      ...valueAndGradients(({ x, scale }) => reduceSum(mul(layerNormalization(x, { axes: [2, 1], scale }), up(dy))), {
        x: up(x),
        scale: up(scale),
      }).gradients,
    }));
    expect(given).toEqual({ x: expected.dx, scale: expected.dscale });
  });

  test("gives the same bits on every run", async () => {
    const [x, dy] = [randomOperand([600, 30], 5), randomOperand([600, 30], 6)];
    const first = await differentiate(x, dy);
    for (let i = 0; i < 2; i++) expect(await differentiate(x, dy)).toEqual(first);
  });

  const zeros = zerosOn(backend);

  test("refuses a dy of another shape", () => {
    const message = "layerNormalizationBackward: dy is [4, 2], expected the forward's output [2, 4]";
    expectRefusal(backend(), ShapeError, message, () => layerNormalizationBackward(zeros(2, 4), zeros(4, 2)));
  });
});

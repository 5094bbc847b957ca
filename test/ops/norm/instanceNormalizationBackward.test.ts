import fc from "fast-check";
import { test } from "vitest";
import { instanceNormalizationBackward, ShapeError } from "webgpu-cnn";
import { describeOnEachBackend } from "../../support/backends.js";
import * as oracle from "../../support/float64.js";
import { expectSlopes, gradients, type NormalizationBackward } from "../../support/groupNormalization.js";
import { groupNormalizationCase } from "../../support/groupNormalizationCase.js";
import { randomOperand } from "../../support/random.js";
import { expectRefusal, zerosOn } from "../../support/refusals.js";
import { sampled } from "../../support/sampling.js";

const SUBJECT: NormalizationBackward<oracle.InstanceNormalizationOptions> = {
  name: "instanceNormalizationBackward",
  operator: (x, dy, options) => ({ ...instanceNormalizationBackward(x, dy, options) }),
  oracle: oracle.instanceNormalizationBackward,
  forward: oracle.instanceNormalization,
};

describeOnEachBackend("instanceNormalizationBackward", (backend) => {
  test("keeps its bound over random images and options", async () => {
    await fc.assert(
      fc.asyncProperty(groupNormalizationCase(), async ({ x, dy, options: { groups, ...options } }) => {
        await gradients(backend(), SUBJECT, x, dy, options);
      }),
      { numRuns: sampled(40) },
    );
  });

  test("agrees with finite differences of the forward, including the statistics", async () => {
    const shape = [2, 3, 2, 3];
    const [scale, bias] = [randomOperand([3], 3), randomOperand([3], 4)];
    for (const layout of ["nhwc", "nchw"] as const) {
      const options = { layout, scale, bias };
      await expectSlopes(backend(), SUBJECT, randomOperand(shape, 1), randomOperand(shape, 2), options);
    }
  });

  const zeros = zerosOn(backend);

  test("refuses a dy of another shape", () => {
    const message =
      "instanceNormalizationBackward: dy is [1, 2, 3, 4], expected the forward's output [1, 3, 2, 4] nhwc";
    expectRefusal(backend(), ShapeError, message, () =>
      instanceNormalizationBackward(zeros(1, 3, 2, 4), zeros(1, 2, 3, 4)),
    );
  });
});

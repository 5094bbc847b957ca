import fc from "fast-check";
import { expect, test } from "vitest";
import { instanceNormalization, OptionError, ShapeError } from "webgpu-cnn";
import { describeOnEachBackend } from "../../support/backends.js";
import * as oracle from "../../support/float64.js";
import { type Normalization, normalized } from "../../support/groupNormalization.js";
import { groupNormalizationCase } from "../../support/groupNormalizationCase.js";
import { expectRefusal, wrong, zerosOn } from "../../support/refusals.js";
import { sampled } from "../../support/sampling.js";

const SUBJECT: Normalization<oracle.InstanceNormalizationOptions> = {
  name: "instanceNormalization",
  operator: instanceNormalization,
  oracle: oracle.instanceNormalization,
};

describeOnEachBackend("instanceNormalization", (backend) => {
  test("keeps its bound over random images and options", async () => {
    await fc.assert(
      fc.asyncProperty(groupNormalizationCase(), async ({ x, options: { groups, ...options } }) => {
        await normalized(backend(), SUBJECT, x, options);
      }),
      { numRuns: sampled(40) },
    );
  });

  // The biased variance: 1 and 4.
  test("normalizes each channel of each image separately", async () => {
    const x = { data: Float32Array.of(1, 3, 2, 6), shape: [1, 2, 1, 2] };
    const options = { layout: "nchw", epsilon: 0 } as const;
    const y = await normalized(backend(), SUBJECT, x, options);
    for (const [i, value] of [-1, 1, -1, 1].entries()) expect(y[i]).toBeCloseTo(value, 6);
  });

  const zeros = zerosOn(backend);

  test("refuses wrong options and shapes that disagree", () => {
    const refuses = (message: string, options: unknown) =>
      expectRefusal(backend(), OptionError, `instanceNormalization: ${message}`, () =>
        instanceNormalization(zeros(1, 2, 2, 6), wrong(options)),
      );
    refuses("unknown option groups; known are scale, bias, epsilon, layout", { groups: 2 });
    refuses("epsilon is -1, expected a number in [0, Infinity)", { epsilon: -1 });
    const message = "instanceNormalization: bias is [6, 1], expected [2], the channels of x (x [1, 2, 2, 6] nchw)";
    expectRefusal(backend(), ShapeError, message, () =>
      instanceNormalization(zeros(1, 2, 2, 6), { layout: "nchw", bias: zeros(6, 1) }),
    );
  });
});

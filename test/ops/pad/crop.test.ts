import fc from "fast-check";
import { expect, test } from "vitest";
import { crop, mul, reduceSum, type Tensor, valueAndGradients } from "webgpu-cnn";
import { cropCase } from "../../support/arbitraries.js";
import { describeOnEachBackend, evaluate, upload } from "../../support/backends.js";
import { expectWithinBound } from "../../support/expectWithinBound.js";
import * as oracle from "../../support/float64.js";
import { randomOperand } from "../../support/random.js";
import { sampled } from "../../support/sampling.js";

describeOnEachBackend("crop", (backend) => {
  test("moves every value exactly over random geometry, forward and backward", async () => {
    await fc.assert(
      fc.asyncProperty(cropCase(), async ({ xShape, options, seed }) => {
        const x = randomOperand(xShape, seed);
        const dy = randomOperand(oracle.cropOutputShape(xShape, options), seed + 1);
        const y = await evaluate(backend(), () => crop(upload(backend(), x), options));
        expectWithinBound(y, oracle.crop(x, options), "crop y");
        const dx = await evaluate(backend(), () => {
          const loss = ([x]: readonly [Tensor]) => reduceSum(mul(crop(x, options), upload(backend(), dy)));
          return valueAndGradients(loss, [upload(backend(), x)] as const).gradients[0];
        });
        expectWithinBound(dx, oracle.cropBackward(xShape, dy, options), "crop dx");
      }),
      { numRuns: sampled(60) },
    );
  });

  // keras.layers.Cropping2D(((1, 0), (0, 2))) on arange(12).reshape(1, 3, 4, 1).
  test("crops like Keras", async () => {
    const x = { data: Float32Array.from({ length: 12 }, (_, i) => i), shape: [1, 3, 4, 1] };
    const y = await evaluate(backend(), () => crop(upload(backend(), x), { cropping: [1, 0, 0, 2] }));
    expect([...y]).toEqual([4, 5, 8, 9]);
  });
});

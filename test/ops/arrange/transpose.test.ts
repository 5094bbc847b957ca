import fc from "fast-check";
import { expect, test } from "vitest";
import { transpose } from "webgpu-cnn";
import { describeOnEachBackend, evaluate, upload } from "../../support/backends.js";
import { expectWithinBound } from "../../support/expectWithinBound.js";
import * as oracle from "../../support/float64.js";
import { randomOperand } from "../../support/random.js";
import { sampled } from "../../support/sampling.js";

const shapeAndPermutation = fc
  .array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 4 })
  .chain((shape) =>
    fc.shuffledSubarray([...shape.keys()], { minLength: shape.length }).map((permutation) => ({ shape, permutation })),
  );

describeOnEachBackend("transpose", (backend) => {
  test("moves every value exactly, for up to four axes in any order", async () => {
    await fc.assert(
      fc.asyncProperty(shapeAndPermutation, async ({ shape, permutation }) => {
        const x = randomOperand(shape, 1);
        const y = await evaluate(backend(), () => transpose(upload(backend(), x), { permutation }));
        expectWithinBound(y, oracle.transpose(x, permutation), "transpose y");
      }),
      { numRuns: sampled(100) },
    );
  });

  test("reverses the axes by default, and leaves a scalar alone", async () => {
    const x = backend().tensor([
      [1, 2, 3],
      [4, 5, 6],
    ]);
    expect(transpose(x).shape).toEqual([3, 2]);
    expect([...(await transpose(x).read())]).toEqual([1, 4, 2, 5, 3, 6]);
    expect([...(await transpose(backend().tensor(7)).read())]).toEqual([7]);
  });
});

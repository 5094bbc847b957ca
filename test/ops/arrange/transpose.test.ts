import fc from "fast-check";
import { expect, test } from "vitest";
import { transpose } from "webgpu-cnn";
import { describeOnEachBackend, evaluate, upload } from "../../support/backends.js";
import { existing, gradientsOf } from "../../support/elementwiseValues.js";
import { expectWithinBound } from "../../support/expectWithinBound.js";
import * as oracle from "../../support/float64.js";
import { randomOperand } from "../../support/random.js";
import { sampled } from "../../support/sampling.js";

/** Up to four axes of any extents, or up to six short ones. */
const shapeAndPermutation = fc
  .oneof(
    fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 4 }),
    fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 5, maxLength: 6 }),
  )
  .chain((shape) =>
    fc.shuffledSubarray([...shape.keys()], { minLength: shape.length }).map((permutation) => ({ shape, permutation })),
  );

describeOnEachBackend("transpose", (backend) => {
  test("moves every value exactly for up to six axes in any order", async () => {
    await fc.assert(
      fc.asyncProperty(shapeAndPermutation, async ({ shape, permutation }) => {
        const x = randomOperand(shape, 1);
        const y = await evaluate(backend(), () => transpose(upload(backend(), x), { permutation }));
        expectWithinBound(y, oracle.transpose(x, permutation), "transpose y");
      }),
      { numRuns: sampled(100) },
    );
  });

  test.each([
    [
      [2, 3, 2, 3, 2, 9],
      [5, 4, 3, 2, 1, 0],
    ],
    [
      [3, 2, 2, 17, 2, 33],
      [2, 1, 5, 0, 4, 3],
    ],
    [
      [3, 70, 2, 66],
      [0, 3, 2, 1],
    ],
    [
      [150, 131],
      [1, 0],
    ],
    [
      [2, 9, 40, 1100],
      [0, 2, 1, 3],
    ],
    [
      [8, 9, 8, 9, 8, 9],
      [5, 4, 3, 2, 1, 0],
    ],
    [
      [2, 3, 4, 5, 2, 3, 2, 2],
      [6, 7, 4, 5, 2, 3, 0, 1],
    ],
  ])("moves %j by %j, and the gradient moves it back", async (shape, permutation) => {
    const [x, dy] = [
      randomOperand(shape, 1),
      randomOperand(
        permutation.map((axis) => oracle.at(shape, axis)),
        2,
      ),
    ];
    const y = await evaluate(backend(), () => transpose(upload(backend(), x), { permutation }));
    expectWithinBound(y, oracle.transpose(x, permutation), "transpose y");
    const [dx] = await gradientsOf(backend(), [x], dy, ([x]) => transpose(existing(x), { permutation }));
    const inverse = permutation.map((_, axis) => permutation.indexOf(axis));
    expectWithinBound(existing(dx), oracle.transpose(dy, inverse), "transpose dx");
  });

  test("reverses the axes by default and leaves a scalar unchanged", async () => {
    const x = backend().tensor([
      [1, 2, 3],
      [4, 5, 6],
    ]);
    expect(transpose(x).shape).toEqual([3, 2]);
    expect([...(await transpose(x).read())]).toEqual([1, 4, 2, 5, 3, 6]);
    expect([...(await transpose(backend().tensor(7)).read())]).toEqual([7]);
  });
});

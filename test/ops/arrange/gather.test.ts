import fc from "fast-check";
import { expect, test } from "vitest";
import { gather } from "webgpu-cnn";
import { describeOnEachBackend, evaluate, upload } from "../../support/backends.js";
import { existing, gradientsOf } from "../../support/elementwiseValues.js";
import { expectWithinBound } from "../../support/expectWithinBound.js";
import * as oracle from "../../support/float64.js";
import { randomOperand } from "../../support/random.js";
import { sampled } from "../../support/sampling.js";
import { gatherCase } from "../../support/shapeArbitraries.js";

describeOnEachBackend("gather", (backend) => {
  test("moves every row exactly over random shapes, axes and indices", async () => {
    await fc.assert(
      fc.asyncProperty(gatherCase(), async ({ shape, axis, indices, seed }) => {
        const x = randomOperand(shape, seed);
        const y = backend().tidy(() => gather(upload(backend(), x), upload(backend(), indices), { axis }));
        expect(y.shape).toEqual(oracle.gatherShape(shape, indices.shape, axis));
        expectWithinBound(await y.read(), oracle.gather(x, indices, axis), "gather y");
        y.dispose();
      }),
      { numRuns: sampled(80) },
    );
  });

  test("counts a negative index from the end, and gives zeros for an index without a row", async () => {
    const x = { data: Float32Array.of(1, 2, 3, 4, 5, 6), shape: [3, 2] };
    const rows = (data: Float32Array, shape: readonly number[]) =>
      evaluate(backend(), () => gather(upload(backend(), x), upload(backend(), { data, shape })));
    const indices = Float32Array.of(2, -3, -1, -0, 3, -4, 1.5, Number.NaN, Number.NEGATIVE_INFINITY);
    expect([...(await rows(indices, [9]))]).toEqual([5, 6, 1, 2, 5, 6, 1, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
    expect([...(await rows(Float32Array.of(1), []))]).toEqual([3, 4]);
  });

  test("a NaN or infinity reaches only its own rows", async () => {
    const x = randomOperand([4, 8], 1);
    x.data.fill(Number.NaN, 8, 16);
    x.data[0] = Number.POSITIVE_INFINITY;
    const indices = { data: Float32Array.of(0, 1, 2, 9, 1), shape: [5] };
    const y = await evaluate(backend(), () => gather(upload(backend(), x), upload(backend(), indices)));
    expectWithinBound(y, oracle.gather(x, indices, 0), "gather y");
  });

  test("passes its gradient to valueAndGradients, and indices have none", async () => {
    const [x, indices] = [randomOperand([5, 6], 1), { data: Float32Array.of(4, 0, 4, -1), shape: [2, 2] }];
    const dy = randomOperand([2, 2, 6], 2);
    const [dx, dindices] = await gradientsOf(backend(), [x, indices], dy, ([x, indices]) =>
      gather(existing(x), existing(indices)),
    );
    expectWithinBound(existing(dx), oracle.gatherBackward([5, 6], indices, dy, 0), "gather dx");
    expect(existing(dindices)).toEqual(new Float32Array(4));
  });
});

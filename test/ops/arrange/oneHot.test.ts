import fc from "fast-check";
import { expect, test } from "vitest";
import { OptionError, oneHot, reduceSum, type Tensor, valueAndGradients } from "webgpu-cnn";
import { describeOnEachBackend, evaluate, upload } from "../../support/backends.js";
import { expectWithinBound } from "../../support/expectWithinBound.js";
import * as oracle from "../../support/float64.js";
import { sampled } from "../../support/sampling.js";

const oneHotCase = fc
  .record({ shape: fc.array(fc.constantFrom(1, 2, 3, 4, 9), { maxLength: 3 }), depth: fc.integer({ min: 1, max: 70 }) })
  .chain(({ shape, depth }) => {
    const length = oracle.sizeOf(shape);
    const index = fc.oneof(
      { weight: 5, arbitrary: fc.nat({ max: depth - 1 }) },
      fc.constantFrom(-1, -0, depth, 0.5, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 2 ** 32),
    );
    return fc
      .array(index, { minLength: length, maxLength: length })
      .map((values) => ({ indices: { data: Float32Array.from(values), shape }, depth }));
  });

describeOnEachBackend("oneHot", (backend) => {
  test("is 1 at the class and 0 elsewhere over random shapes", async () => {
    await fc.assert(
      fc.asyncProperty(oneHotCase, async ({ indices, depth }) => {
        const y = backend().tidy(() => oneHot(upload(backend(), indices), { depth }));
        expect(y.shape).toEqual([...indices.shape, depth]);
        expectWithinBound(await y.read(), oracle.oneHot(indices, depth), "oneHot y");
        y.dispose();
      }),
      { numRuns: sampled(80) },
    );
  });

  test("gives zeros for a number that names no class", async () => {
    const y = await evaluate(backend(), () => oneHot(backend().tensor([1, -1, 3, 0.5, Number.NaN]), { depth: 3 }));
    expect([...y]).toEqual([0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
  });

  test("passes no gradient, so a value that depends on the indices alone cannot be differentiated", () => {
    const indices = backend().tensor([0, 2, 1]);
    const sumOf = ({ indices }: { readonly indices: Tensor }) => reduceSum(oneHot(indices, { depth: 4 }));
    expect(() => valueAndGradients(sumOf, { indices })).toThrow(OptionError);
    indices.dispose();
  });
});

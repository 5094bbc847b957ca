import fc from "fast-check";
import { expect, test } from "vitest";
import { concat, concatBackward } from "webgpu-cnn";
import { describeOnEachBackend, upload } from "../../support/backends.js";
import * as oracle from "../../support/float64.js";
import { randomOperand } from "../../support/random.js";
import { sampled } from "../../support/sampling.js";
import { concatCase } from "../../support/shapeArbitraries.js";

describeOnEachBackend("concatBackward", (backend) => {
  test("gives every input its part of dy back", async () => {
    await fc.assert(
      fc.asyncProperty(concatCase(), async ({ shapes, axis, seed }) => {
        // The gradient splits the concatenated values again: the adjoint of a permutation is its inverse.
        const inputs = shapes.map((shape, i) => randomOperand(shape, seed + i));
        const { shape, values } = oracle.concat(inputs, axis);
        const dy = backend().tensor(Float32Array.from(values), shape);
        const parts = concatBackward(shapes, dy, axis);
        expect(parts.map((part) => part.shape)).toEqual(shapes);
        for (const [i, part] of parts.entries()) {
          expect(await part.read()).toEqual(inputs[i]?.data);
          part.dispose();
        }
        dy.dispose();
      }),
      { numRuns: sampled(60) },
    );
  });

  test("undoes concat to the last bit, including NaN, and leaves no memory behind", async () => {
    const operands = [randomOperand([2, 3, 8], 1), randomOperand([2, 5, 8], 2)];
    for (const { data } of operands) data[3] = Number.NaN;
    const inputs = operands.map((operand) => upload(backend(), operand));
    const whole = concat(inputs, 1);
    const before = backend().memory().tensors;
    const parts = concatBackward(
      [
        [2, 3, 8],
        [2, 5, 8],
      ],
      whole,
      1,
    );
    expect(backend().memory().tensors).toBe(before + 2);
    for (const [i, part] of parts.entries()) expect(await part.read()).toEqual(operands[i]?.data);
  });
});

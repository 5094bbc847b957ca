import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { clip, OptionError, reduceSum, valueAndGradients } from "webgpu-cnn";
import { excess } from "../../../src/core/errorBound.js";
import { describeOnEachBackend, evaluate, upload } from "../../support/backends.js";
import { UNARY_CASES, type UnaryOperator } from "../../support/elementwise.js";
import {
  allMagnitudes,
  BENDS,
  EXTREME,
  existing,
  expectPromised,
  gradientsOf,
  operand,
  pairs,
  SPECIAL,
  scaled,
} from "../../support/elementwiseValues.js";
import * as oracle from "../../support/float64.js";
import { randomOperand } from "../../support/random.js";
import { expectRefusal } from "../../support/refusals.js";
import { sampled } from "../../support/sampling.js";
import { anyShape } from "../../support/shapeArbitraries.js";

describeOnEachBackend("unary", (backend) => {
  const forward = ({ forward }: UnaryOperator, x: oracle.Operand, options: object) =>
    evaluate(backend(), () => forward(upload(backend(), x), options));
  const backward = ({ backward }: UnaryOperator, value: oracle.Operand, dy: oracle.Operand, options: object) =>
    evaluate(backend(), () => backward(upload(backend(), value), upload(backend(), dy), options));

  describe.each(UNARY_CASES)("%s", (_title, operator, options, values) => {
    const { name, terms } = operator;
    const formulas = operator.formulas(options);

    /** The operand of the gradient for these x. A subnormal output may be 0. */
    function valuesFor(x: Float32Array): oracle.Operand {
      if (operator.gradientFrom === "x") return operand(x);
      const y = x.map((x) => formulas.y.value(x));
      return operand(y.map((y) => (Math.abs(y) < 2 ** -126 ? 0 : y)));
    }

    async function expectForward(x: oracle.Operand): Promise<void> {
      const y = await forward(operator, x, options);
      expectPromised(name, y, x.data.length, (i) => [oracle.at(x.data, i)], formulas.y, terms);
    }

    async function expectBackward(value: oracle.Operand, dy: oracle.Operand): Promise<void> {
      const dx = await backward(operator, value, dy, options);
      const at = (i: number) => [oracle.at(value.data, i), oracle.at(dy.data, i)] as const;
      expectPromised(`${name}Backward`, dx, dy.data.length, at, formulas.dx, terms);
    }

    test("agrees with PyTorch", async () => {
      const x = operand(Float32Array.from(values.x, Number));
      const backendOfTest = backend();
      const { value, gradients } = backendOfTest.tidy(() =>
        valueAndGradients(
          ([x]) => {
            const y = operator.forward(x, options);
            return [reduceSum(y), y] as const;
          },
          [upload(backendOfTest, x)] as const,
        ),
      );
      const [y, dx] = await Promise.all([value[1].read(), gradients[0].read()]);
      for (const tensor of [...value, ...gradients]) tensor.dispose();
      const [yKnown, dxKnown] = [values.y.map(Number), values.dx.map(Number)];
      const magnitude = (i: number) => formulas.y.magnitude(oracle.at(x.data, i));
      for (const [i, expected] of yKnown.entries()) {
        expect(excess(oracle.at(y, i), expected, { terms }, magnitude(i)), `y of ${values.x[i]}`).toBeLessThanOrEqual(
          1,
        );
      }
      for (const [i, expected] of dxKnown.entries()) {
        // The gradient may be computed from a rounded y.
        expect(Math.abs(oracle.at(dx, i) - expected), `dx of ${values.x[i]}`).toBeLessThan(
          1e-5 * (1 + Math.abs(expected)),
        );
      }
    });

    test("keeps its bound over random shapes", async () => {
      await fc.assert(
        fc.asyncProperty(anyShape(), fc.constantFrom(1, 8, 60), fc.nat(), async (shape, scale, seed) => {
          const [x, dy] = [randomOperand(shape, seed), randomOperand(shape, seed + 1)];
          const scaledX = { data: scaled(x.data, scale), shape };
          await expectForward(scaledX);
          await expectBackward({ ...valuesFor(scaledX.data), shape }, dy);
        }),
        { numRuns: sampled(10) },
      );
    });

    test("keeps its bound at its bends", async () => {
      await expectForward(operand(BENDS));
      await expectBackward(valuesFor(BENDS), randomOperand([BENDS.length], 2));
    });

    test("keeps its bound from the smallest to the largest numbers of either sign", async () => {
      await expectForward(operand(allMagnitudes(10_000, 3)));
      await expectBackward(valuesFor(allMagnitudes(10_000, 4)), operand(allMagnitudes(10_000, 5)));
      await expectBackward(valuesFor(BENDS), operand(allMagnitudes(BENDS.length, 6)));
    });

    test("gives the formula's value for zeros, infinities and NaN", async () => {
      await expectForward(operand(EXTREME));
      const [x, dy] = pairs(SPECIAL);
      await expectBackward(valuesFor(x), operand(dy));
      await expectBackward(valuesFor(EXTREME), operand(new Float32Array(EXTREME.length).fill(-3)));
    });

    test("passes its gradient to valueAndGradients and gives the same bits on every run", async () => {
      const [x, weights] = [randomOperand([3, 5, 7], 1), randomOperand([3, 5, 7], 2)];
      const y = { data: await forward(operator, x, options), shape: x.shape };
      const expected = await backward(operator, operator.gradientFrom === "x" ? x : y, weights, options);
      for (let run = 0; run < 2; run++) {
        const dx = await gradientsOf(backend(), [x], weights, ([x]) => operator.forward(existing(x), options));
        expect(dx).toEqual([expected]);
        expect(await forward(operator, x, options)).toEqual(y.data);
      }
    });
  });

  test("clip refuses wrong bounds", () => {
    const x = backend().zeros([1]);
    const refuses = (options: object, message: string) =>
      expectRefusal(backend(), OptionError, message, () => clip(x, options));
    refuses({ min: Number.NaN }, "clip: min is NaN, expected a number");
    refuses({ min: 1, max: 0 }, "clip: max is 0, expected a number of at least min, 1");
    refuses({ max: Number.NaN }, "clip: max is NaN, expected a number of at least min, -Infinity");
    x.dispose();
  });
});

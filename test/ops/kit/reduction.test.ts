import fc from "fast-check";
import { expect, test } from "vitest";
import {
  addBackward,
  averagePool2d,
  conv2dBackwardBias,
  globalAveragePool2d,
  meanSquaredError,
  mulBackward,
  reduceMean,
  reduceSum,
  softmaxCrossEntropy,
  type Tensor,
} from "webgpu-cnn";
import { describeOnEveryBackend, evaluate } from "../../support/backends.js";
import { randomValues } from "../../support/random.js";
import { sampled } from "../../support/sampling.js";

/** An operator that sums all terms of `x`. The terms are positive. */
interface Sum {
  readonly name: string;
  /** @param x [length] */
  call(x: Tensor, reshaped: (shape: readonly number[]) => Tensor): Tensor;
  /** Whether the result is the mean of the terms. */
  readonly mean?: boolean;
  /** The term of a value, in float64. */
  termOf?(value: number): number;
}

const SUMS: readonly Sum[] = [
  { name: "reduceSum", call: (x) => reduceSum(x) },
  { name: "reduceSum of columns", call: (_, reshaped) => reduceSum(reshaped([-1, 1, 1]), { axes: [0, 1] }) },
  { name: "reduceMean", mean: true, call: (x) => reduceMean(x) },
  { name: "globalAveragePool2d", mean: true, call: (_, reshaped) => globalAveragePool2d(reshaped([1, 1, -1, 1])) },
  {
    name: "averagePool2d",
    mean: true,
    call: (x, reshaped) => averagePool2d(reshaped([1, 1, -1, 1]), { windowDimensions: [1, x.size] }),
  },
  { name: "conv2dBackwardBias", call: (_, reshaped) => conv2dBackwardBias(reshaped([1, 1, -1, 1])) },
  { name: "addBackward", call: (x) => addBackward([], x.shape, x).da },
  { name: "mulBackward", call: (x) => mulBackward(x.backend.full([], 1), x.backend.full(x.shape, 1), x).da },
  {
    name: "meanSquaredError",
    mean: true,
    call: (x) => meanSquaredError(x, x.backend.zeros(x.shape)),
    termOf: (value) => value ** 2,
  },
];

const UNIT = 2 ** -24;

/** The relative error in units of 2⁻²⁴. */
function unitsOff(actual: number | undefined, terms: readonly number[], mean: boolean): number {
  const expected = terms.reduce((sum, term) => sum + term, 0) / (mean ? terms.length : 1);
  return Math.abs((actual ?? Number.NaN) - expected) / expected / UNIT;
}

const most = (terms: number) => 8 + Math.log2(terms);

describeOnEveryBackend("sums of terms of one sign", (backend) => {
  const sum = async ({ call, mean = false, termOf = (value) => value }: Sum, values: Float32Array) => {
    const result = await evaluate(backend(), () => {
      const x = backend().tensor(values, [values.length]);
      return call(x, (shape) =>
        backend().tensor(
          values,
          shape.map((extent) => (extent === -1 ? values.length : extent)),
        ),
      );
    });
    return unitsOff(result[0], Array.from(values, termOf), mean);
  };

  test.each(SUMS.map((operator) => [operator.name, operator] as const))(
    "%s keeps the relative error below 8 + log2 K units",
    async (_, operator) => {
      const lengths = fc.oneof(fc.integer({ min: 1, max: 600 }), fc.integer({ min: 600, max: 200_000 }));
      const scale = fc.constantFrom(1, 1e-9, 3e11);
      await fc.assert(
        fc.asyncProperty(lengths, scale, fc.nat(), async (length, scale, seed) => {
          const values = randomValues(length, seed).map((value) => scale * (1 + Math.abs(value)));
          expect(await sum(operator, values)).toBeLessThan(most(length));
        }),
        { numRuns: sampled(4) },
      );
      // Equal terms: in a plain loop, most rounding errors have one sign.
      const length = 199_999;
      expect(await sum(operator, new Float32Array(length).fill(0.1))).toBeLessThan(most(length));
    },
  );

  test("averagePool2d keeps it for a window of 512 × 512", async () => {
    const y = await evaluate(backend(), () =>
      averagePool2d(backend().full([1, 512, 512, 1], 0.1), { windowDimensions: 512 }),
    );
    expect(unitsOff(y[0], [Math.fround(0.1)], true)).toBeLessThan(most(512 ** 2));
  });

  test("the mean of softmaxCrossEntropy keeps it for many rows", async () => {
    const rows = 100_000;
    const loss = await evaluate(backend(), () =>
      softmaxCrossEntropy(backend().full([rows, 2], 0.1), backend().zeros([rows])),
    );
    // The loss of a row is not exact, because the logarithm has its own error.
    expect(unitsOff(loss[0], [Math.LN2], true)).toBeLessThan(most(rows) + 12);
  });
});

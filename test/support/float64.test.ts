import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { pad2dCase, pool2dCase } from "./arbitraries.js";
import { conv2dCase } from "./convolutionCases.js";
import * as oracle from "./float64.js";
import { mulberry32, randomIntegers, randomOperand, randomOrder } from "./random.js";

/** Checks the oracle against itself (gradients against differences of its forward) and against values computed by hand. */

const RUNS = { numRuns: 40 };

/**
 * Checks a gradient along one direction that moves every element, and along one that moves a single element. `forward` must
 * be linear over the small steps. Then the only error is float64's rounding.
 */
function expectGradient(
  gradient: oracle.Expected,
  forward: (point: Float64Array) => Float64Array,
  point: ArrayLike<number>,
  dy: ArrayLike<number>,
  seed: number,
): void {
  const next = mulberry32(seed);
  const everywhere = Float64Array.from({ length: point.length }, () => 2 * next() - 1);
  const single = () => oracle.unitVector(point.length, Math.floor(next() * point.length));
  for (const direction of [everywhere, single()]) {
    const slope = oracle.slopeAlong(direction, forward, point, dy, 0.25);
    const terms = gradient.values.map((value, i) => value * oracle.at(direction, i));
    const sum = terms.reduce((total, term) => total + term, 0);
    const magnitude = terms.reduce((total, term) => total + Math.abs(term), 0);
    expect(Math.abs(slope - sum)).toBeLessThanOrEqual(1e-10 * (1 + magnitude));
  }
}

const image = (values: readonly number[][]): oracle.Operand => ({
  data: Float32Array.from(values.flat()),
  shape: [1, values.length, values[0]?.length ?? 0, 1],
});
const ones = (...shape: readonly number[]): oracle.Operand => ({
  data: new Float32Array(oracle.sizeOf(shape)).fill(1),
  shape,
});

describe("gradients are the slopes of the forward", () => {
  test("the gradients of conv2d agree with differences", () => {
    fc.assert(
      fc.property(conv2dCase(), ({ xShape, wShape, options, seed }) => {
        const x = randomOperand(xShape, seed);
        const w = randomOperand(wShape, seed + 1);
        const dy = randomOperand(oracle.conv2dOutputShape(xShape, wShape, options), seed + 2);
        const forward = (x: oracle.Operand, w: oracle.Operand) => oracle.conv2d(x, w, options).values;

        const dx = oracle.conv2dBackwardInput(dy, w, xShape, options);
        expectGradient(dx, (data) => forward({ data, shape: xShape }, w), x.data, dy.data, seed);
        const dw = oracle.conv2dBackwardFilter(x, dy, wShape, options);
        expectGradient(dw, (data) => forward(x, { data, shape: wShape }), w.data, dy.data, seed);
        const db = oracle.conv2dBackwardBias(dy, options);
        const bias = randomOperand(db.shape, seed + 3);
        const withBias = (data: Float64Array) =>
          oracle.conv2d(x, w, { ...options, bias: { data, shape: bias.shape } }).values;
        expectGradient(db, withBias, bias.data, dy.data, seed);
      }),
      RUNS,
    );
  });

  test("the gradient of maxPool2d agrees with differences", () => {
    fc.assert(
      fc.property(pool2dCase(), ({ xShape, options, ties, seed }) => {
        const x = { data: randomOrder(oracle.sizeOf(xShape), seed), shape: xShape };
        const dy = randomOperand(oracle.pool2dOutputShape(xShape, options), seed + 1);
        const dx = oracle.maxPool2dBackward(x, dy, { ...options, ties });
        expectGradient(dx, (data) => oracle.maxPool2d({ data, shape: xShape }, options).values, x.data, dy.data, seed);
      }),
      RUNS,
    );
  });

  test("the gradient of averagePool2d agrees with differences", () => {
    fc.assert(
      fc.property(pool2dCase(), ({ xShape, options, countIncludePad, seed }) => {
        const x = randomOperand(xShape, seed);
        const dy = randomOperand(oracle.pool2dOutputShape(xShape, options), seed + 1);
        const dx = oracle.averagePool2dBackward(xShape, dy, { ...options, countIncludePad });
        const forward = (data: Float64Array) =>
          oracle.averagePool2d({ data, shape: xShape }, { ...options, countIncludePad }).values;
        expectGradient(dx, forward, x.data, dy.data, seed);
      }),
      RUNS,
    );
  });

  test("the gradient of pad2d agrees with differences", () => {
    fc.assert(
      fc.property(pad2dCase(), ({ xShape, options, seed }) => {
        const x = randomOperand(xShape, seed);
        const dy = randomOperand(oracle.pad2dOutputShape(xShape, options), seed + 1);
        const dx = oracle.pad2dBackward(xShape, dy, options);
        expectGradient(dx, (data) => oracle.pad2d({ data, shape: xShape }, options).values, x.data, dy.data, seed);
      }),
      RUNS,
    );
  });

  test("a whole gradient agrees with finite differences", () => {
    const square = (point: Float64Array) => point.map((value) => value * value);
    expect([...oracle.finiteDifference(square, [1, -3], [1, 2])]).toEqual([2, -12]);
  });
});

describe("layouts", () => {
  const asNhwc = (tensor: oracle.Operand) => oracle.transpose(tensor, [0, 2, 3, 1]);
  const operand = ({ values, shape }: oracle.Expected): oracle.Operand => ({ data: values, shape });

  test("nchw gives the transposed values of nhwc", () => {
    const x = randomOperand([2, 3, 5, 4], 1);
    const w = randomOperand([2, 3, 3, 7], 2);
    const nchw = oracle.conv2d(x, w, { padding: 1, inputLayout: "nchw" });
    const nhwc = oracle.conv2d(operand(asNhwc(x)), w, { padding: 1 });
    expect(asNhwc(operand(nchw))).toMatchObject({ shape: nhwc.shape, values: nhwc.values });
  });

  test.each([
    ["oihw", [3, 2, 0, 1]],
    ["ohwi", [3, 0, 1, 2]],
    ["ihwo", [2, 0, 1, 3]],
  ] as const)("%s gives the values of hwio", (filterLayout, permutation) => {
    const x = randomOperand([2, 5, 4, 6], 1);
    const w = randomOperand([3, 2, 3, 8], 2);
    const moved = operand(oracle.transpose(w, permutation));
    const y = oracle.conv2d(x, w, { groups: 2 });
    expect(oracle.conv2d(x, moved, { groups: 2, filterLayout })).toEqual(y);
    const dw = oracle.conv2dBackwardFilter(x, operand(y), w.shape, { groups: 2 });
    const movedDw = oracle.conv2dBackwardFilter(x, operand(y), moved.shape, { groups: 2, filterLayout });
    expect(movedDw.values).toEqual(oracle.transpose(operand(dw), permutation).values);
  });

  test("transpose moves axes", () => {
    const x = { data: Float32Array.from([1, 2, 3, 4, 5, 6]), shape: [1, 2, 3] };
    expect(oracle.transpose(x, [2, 0, 1])).toMatchObject({
      shape: [3, 1, 2],
      values: Float64Array.from([1, 4, 2, 5, 3, 6]),
    });
  });
});

describe("geometry", () => {
  const axis = (input: number, window: number, options: oracle.WindowOptions) => {
    const [{ begin, end, output }] = oracle.resolveAxes([input, input], [window, window], options);
    return [output, begin, end];
  };

  test("same pads like TensorFlow, with the odd element at the end", () => {
    expect(axis(5, 3, { padding: "same" })).toEqual([5, 1, 1]);
    expect(axis(6, 3, { padding: "same", strides: 2 })).toEqual([3, 0, 1]);
    expect(axis(5, 2, { padding: "same" })).toEqual([5, 0, 1]);
    expect(axis(7, 1, { padding: "same", strides: 4 })).toEqual([2, 0, 0]);
    expect(axis(7, 1, { padding: "same", strides: 4, outputShapeRounding: "ceil" })).toEqual([2, 0, 0]);
    expect(axis(4, 3, { padding: "same", dilations: 2 })).toEqual([4, 2, 2]);
  });

  test("floor drops the remainder, and ceil keeps it", () => {
    expect(axis(6, 3, { strides: 2 })).toEqual([2, 0, 0]);
    expect(axis(6, 3, { strides: 2, outputShapeRounding: "ceil" })).toEqual([3, 0, 0]);
  });

  test("ceil drops a window that would start past the input and its beginning padding", () => {
    expect(axis(2, 1, { strides: 2, outputShapeRounding: "ceil" })).toEqual([1, 0, 0]);
    expect(axis(4, 2, { strides: 3, padding: 1, outputShapeRounding: "ceil" })).toEqual([2, 1, 1]);
    expect(axis(2, 3, { strides: 3, padding: 1, outputShapeRounding: "ceil" })).toEqual([1, 1, 1]);
  });

  test("a window larger than the padded input is refused", () => {
    expect(() => axis(3, 4, {})).toThrow("no window fits");
  });
});

describe("conv2d", () => {
  test("counts the bias and every product as terms, and relu gives no value below 0", () => {
    const bias = { data: Float32Array.from([-8]), shape: [1] };
    const y = oracle.conv2d(ones(1, 2, 2, 1), ones(3, 3, 1, 1), { padding: 1, bias });
    expect(y.values).toEqual(Float64Array.from([-4, -4, -4, -4]));
    expect(y.magnitude).toEqual(Float64Array.from([12, 12, 12, 12]));
    expect(y.terms).toEqual(Float64Array.from([10, 10, 10, 10]));
    const rectified = oracle.conv2d(ones(1, 2, 2, 1), ones(3, 3, 1, 1), { padding: 1, bias, activation: "relu" });
    expect(rectified).toEqual({ ...y, values: new Float64Array(4) });
  });

  test("a NaN in one filter reaches only its own channel, also through the padding", () => {
    const w = ones(3, 3, 1, 2);
    w.data[0] = Number.NaN;
    const y = oracle.conv2d(ones(1, 1, 1, 1), w, { padding: 1, activation: "relu" });
    expect(y.values).toEqual(Float64Array.from([Number.NaN, 1]));
  });

  test("the padding adds 0 · dy to dw, and dx has no terms from missing outputs", () => {
    const dy = { data: Float32Array.from([Number.POSITIVE_INFINITY]), shape: [1, 1, 1, 1] };
    const dw = oracle.conv2dBackwardFilter(ones(1, 1, 1, 1), dy, [3, 1, 1, 1], { padding: [1, 1, 0, 0] });
    expect(dw.values).toEqual(Float64Array.from([Number.NaN, Number.POSITIVE_INFINITY, Number.NaN]));
    const dx = oracle.conv2dBackwardInput(dy, ones(1, 1, 1, 1), [1, 2, 1, 1], { strides: 2 });
    expect(dx.values).toEqual(Float64Array.from([Number.POSITIVE_INFINITY, 0]));
    expect(dx.terms).toEqual(Float64Array.from([1, 0]));
  });
});

describe("pools", () => {
  const { NaN: nan, NEGATIVE_INFINITY: minusInfinity } = Number;
  const gradient = (x: oracle.Operand, ties: "first" | "all") =>
    oracle.maxPool2dBackward(x, ones(1, 1, 1, 1), { windowDimensions: 2, ties }).values;

  test("the gradient goes to the first of equal maxima in row-major order, or to all", () => {
    const tied = image([
      [1, 3],
      [3, 3],
    ]);
    expect(gradient(tied, "first")).toEqual(Float64Array.from([0, 1, 0, 0]));
    expect(gradient(tied, "all")).toEqual(Float64Array.from([0, 1, 1, 1]));
  });

  test("a NaN is the maximum, and its gradient goes to the first NaN or nowhere", () => {
    const poisoned = image([
      [1, nan],
      [3, nan],
    ]);
    expect(oracle.maxPool2d(poisoned, { windowDimensions: 2 }).values).toEqual(Float64Array.from([nan]));
    expect(gradient(poisoned, "first")).toEqual(Float64Array.from([0, 1, 0, 0]));
    expect(gradient(poisoned, "all")).toEqual(new Float64Array(4));
  });

  test("padding is never the maximum", () => {
    const y = oracle.maxPool2d(image([[minusInfinity, -(2 ** 80)]]), {
      windowDimensions: [3, 1],
      strides: 1,
      padding: [1, 1, 0, 0],
    });
    expect(y).toMatchObject({ values: Float64Array.from([minusInfinity, -(2 ** 80)]), terms: new Float64Array(2) });
  });

  test("a window without any input element is refused", () => {
    const options = { windowDimensions: 1, padding: 1 };
    expect(oracle.everyWindowHoldsInput([1, 2, 2, 1], options)).toBe(false);
    expect(() => oracle.averagePool2d(ones(1, 2, 2, 1), options)).toThrow("holds no input element");
  });

  test("an average divides by the real elements, and the gradient of a 3 × 3 same pool of ones sums to 9", () => {
    const options = { windowDimensions: 3, strides: 1, padding: "same" } as const;
    const y = oracle.averagePool2d(ones(1, 3, 3, 1), options);
    for (const value of y.values) expect(value).toBeCloseTo(1, 12);
    const dx = oracle.averagePool2dBackward([1, 3, 3, 1], ones(1, 3, 3, 1), options);
    expect(dx.values.reduce((sum, value) => sum + value, 0)).toBeCloseTo(9, 12);
  });

  test("countIncludePad counts declared padding, but not the overhang of ceil", () => {
    const options = {
      windowDimensions: [3, 1],
      strides: [2, 1],
      padding: [1, 0, 0, 0],
      outputShapeRounding: "ceil",
    } as const;
    const x = ones(1, 5, 1, 1);
    // Rows −1 0 1, then 1 2 3, then 3 4: row 5 is overhang.
    expect(oracle.averagePool2d(x, { ...options, countIncludePad: true }).values).toEqual(
      Float64Array.from([2 / 3, 1, 1]),
    );
    expect(oracle.averagePool2d(x, options).values).toEqual(Float64Array.from([1, 1, 1]));
  });
});

describe("pad2d", () => {
  const row = image([[1, 2, 3]]);
  test.each([
    ["constant", [7, 7, 1, 2, 3, 7, 7], [1, 1, 1]],
    ["reflection", [3, 2, 1, 2, 3, 2, 1], [2, 3, 2]],
    ["symmetric", [2, 1, 1, 2, 3, 3, 2], [2, 3, 2]],
    ["edge", [1, 1, 1, 2, 3, 3, 3], [3, 1, 3]],
  ] as const)("%s", (mode, padded, gradient) => {
    const options = { padding: [0, 0, 2, 2], mode, value: 7 } as const;
    expect([...oracle.pad2d(row, options).values]).toEqual(padded);
    expect([...oracle.pad2dBackward(row.shape, ones(1, 1, 7, 1), options).values]).toEqual(gradient);
  });

  test("the gradient of a reflection adds up to 25 for a 3 × 3 image padded by 1", () => {
    const dx = oracle.pad2dBackward([1, 3, 3, 1], ones(1, 5, 5, 1), { padding: 1, mode: "reflection" });
    expect(dx.values.reduce((sum, value) => sum + value, 0)).toBe(25);
  });
});

describe("random geometries", () => {
  const sample = <T>(arbitrary: fc.Arbitrary<T>) => fc.sample(arbitrary, { numRuns: 1000, seed: 1 });

  test("convolutions cover all documented cases within their size limit", () => {
    const cases = sample(conv2dCase());
    for (const { xShape, wShape, options } of cases) {
      expect(oracle.conv2dProducts(xShape, wShape, options)).toBeLessThanOrEqual(500_000);
    }
    const some = (what: (options: oracle.Conv2dWalkOptions, wShape: readonly number[]) => boolean) =>
      expect(cases.filter(({ options, wShape }) => what(options, wShape)).length).toBeGreaterThan(10);
    some(({ padding }) => padding === "same");
    some(({ padding }) => padding === "valid");
    some(({ padding }) => Array.isArray(padding) && padding.filter((side) => side > 0).length === 1);
    some(({ outputShapeRounding, strides }) => outputShapeRounding === "ceil" && oracle.pair(strides ?? 1)[0] > 1);
    some(({ strides, filterLayout }, [r]) => filterLayout === undefined && oracle.pair(strides ?? 1)[0] > (r ?? 0));
    some(({ groups = 1, filterLayout }, [, , c]) => filterLayout === undefined && groups > 4 && c === 1);
    some(({ groups, dilations, inputLayout }) => groups === 3 && dilations !== undefined && inputLayout === "nchw");
  });

  test("every window of a pool holds an input element", () => {
    for (const { xShape, options } of sample(pool2dCase())) {
      expect(oracle.everyWindowHoldsInput(xShape, options)).toBe(true);
    }
  });

  test("reflections stay below the extent", () => {
    for (const { xShape, options } of sample(pad2dCase())) oracle.pad2dOutputShape(xShape, options);
  });

  test("random integers have many ties, and a random order has none", () => {
    expect(new Set(randomIntegers(1000, 1))).toEqual(new Set([-2, -1, 0, 1, 2]));
    expect(new Set(randomOrder(1000, 1)).size).toBe(1000);
  });
});

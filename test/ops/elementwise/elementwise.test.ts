import fc from "fast-check";
import { describe, expect, test } from "vitest";
import * as library from "webgpu-cnn";
import { type Backend, clip, createBackend, OptionError, reduceSum, type Tensor, valueAndGradients } from "webgpu-cnn";
import { excess } from "../../../src/core/errorBound.js";
import { anyShape, broadcastingShapes } from "../../support/arbitraries.js";
import { describeOnEachBackend, evaluate, upload } from "../../support/backends.js";
import { requestDevice, withSmallerLimits } from "../../support/device.js";
import {
  BINARY_OPERATORS,
  type BinaryOperator,
  UNARY_OPERATORS,
  type UnaryOperator,
} from "../../support/elementwise.js";
import * as oracle from "../../support/float64.js";
import { mulberry32, randomOperand } from "../../support/random.js";
import { expectRefusal } from "../../support/refusals.js";

// Every elementwise operator, found by its export, against its formulas in float64; and the formulas against what PyTorch gives.

type Values = readonly (number | string)[];

/** What PyTorch gives; see tools/pytorch/elementwise.py. NaN and infinities are words. */
interface Known {
  readonly unary: Readonly<Record<string, readonly KnownUnary[]>>;
  readonly binary: Readonly<Record<string, KnownBinary>>;
}

interface KnownUnary {
  readonly options: object;
  readonly x: Values;
  readonly y: Values;
  readonly dx: Values;
}

interface KnownBinary {
  readonly a: Values;
  readonly b: Values;
  readonly y: Values;
  readonly da: Values;
  readonly db: Values;
}

const [known = { unary: {}, binary: {} }] = Object.values(
  import.meta.glob<Known>("./known.json", { eager: true, import: "default" }),
);

/** Every unary operator under each of the options that there are known values for. */
const UNARY_CASES = UNARY_OPERATORS.flatMap((operator) =>
  (known.unary[operator.name] ?? []).map((values) => {
    const { options } = values;
    const shown = Object.keys(options).length > 0 ? ` ${JSON.stringify(options)}` : "";
    return [`${operator.name}${shown}`, operator, options, values] as const;
  }),
);
const BINARY_CASES = BINARY_OPERATORS.map((operator) => [operator.name, operator] as const);

/** Zeros, infinities, NaN, and ends and bends of the functions that have such. */
const SPECIAL = Float32Array.of(
  ...[Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0, -0, 1, -1, 0.5, -0.5, 2, -2, 2.5, 3, -3, 6],
);
/** Besides, the large and the small, whose products may underflow: that of an infinity with such a product has no value to agree on. */
const EXTREME = Float32Array.of(
  ...SPECIAL,
  1e-30,
  -1e-30,
  1e30,
  -1e30,
  3.4e38,
  -3.4e38,
  80,
  -80,
  2 ** 24,
  -(2 ** 24 + 2),
);

/** Numbers of either sign from the smallest to the largest, but not so small that adapters may flush them. */
function allMagnitudes(size: number, seed: number, exponents = 254): Float32Array {
  const next = mulberry32(seed);
  return Float32Array.from(
    { length: size },
    () => (next() < 0.5 ? -1 : 1) * 2 ** (exponents * next() - exponents / 2 + 1),
  );
}

/** Numbers where functions bend, −100 to 100. */
const BENDS = Float32Array.from({ length: 16_001 }, (_, i) => (i - 8000) / 80);

const LARGEST = (2 - 2 ** -23) * 2 ** 127;

/** Throws unless every value is within the bound of what the formula gives for the arguments in its place. */
function expectPromised<Arguments extends readonly number[]>(
  what: string,
  actual: ArrayLike<number>,
  count: number,
  argumentsAt: (i: number) => Arguments,
  formula: { value(...given: Arguments): number; magnitude(...given: Arguments): number },
  terms = 1,
): void {
  expect(actual.length).toBe(count);
  let failures = 0;
  let first = "";
  for (let i = 0; i < count; i++) {
    const given = argumentsAt(i);
    const [exact, magnitude] = [formula.value(...given), formula.magnitude(...given)];
    const got = oracle.at(actual, i);
    if (isPromised(got, exact, terms, magnitude)) continue;
    if (failures++ === 0) first = `${what}(${given.join(", ")}) = ${got}, expected ${exact}, magnitude ${magnitude}`;
  }
  if (failures > 0) throw new Error(`${first}; ${failures} of ${count} are out of bound`);
}

/** Past the largest number the value is infinite; next to it, either. */
function isPromised(got: number, exact: number, terms: number, magnitude: number): boolean {
  if (Number.isFinite(exact) && Math.abs(exact) > LARGEST * (1 - 2 ** -10)) {
    const rounded = Math.sign(exact) * Number.POSITIVE_INFINITY;
    if (got === rounded || !Number.isFinite(magnitude)) return true;
    return Math.abs(exact) < LARGEST * (1 + 2 ** -10) && excess(got, exact, terms, magnitude) <= 1;
  }
  return excess(got, exact, terms, magnitude) <= 1;
}

/** All pairs of the values. */
function pairs(values: Float32Array): readonly [Float32Array, Float32Array] {
  const n = values.length;
  const at = (index: (i: number) => number) =>
    Float32Array.from({ length: n * n }, (_, i) => oracle.at(values, index(i)));
  return [at((i) => i % n), at((i) => Math.floor(i / n))];
}

function operand(data: Float32Array): oracle.Operand & { readonly data: Float32Array } {
  return { data, shape: [data.length] };
}

function scaled(data: Float32Array, scale: number): Float32Array {
  return data.map((value) => value * scale);
}

test("operators are found, and all have known values", () => {
  const names = [...UNARY_OPERATORS, ...BINARY_OPERATORS].map(({ name }) => name);
  expect(names).toEqual(expect.arrayContaining(["relu", "exp", "add", "pow"]));
  expect([...Object.keys(known.unary), ...Object.keys(known.binary)].sort()).toEqual(names.sort());
  for (const name of names) {
    expect(Reflect.get(library, name), name).toBeTypeOf("function");
    expect(Reflect.get(library, `${name}Backward`), name).toBeTypeOf("function");
  }
});

describe("the formulas of", () => {
  /** Where a function bends within the step, or its slope changes much, the difference is no derivative: points are moved off such places. */
  const points = Array.from({ length: 80 }, (_, i) => (i - 39.63) / 7.3);

  /** The derivative by a central difference, whose error is some 10⁻¹⁰ times the third derivative. */
  const slope = (f: (x: number) => number, x: number) => (f(x + 2 ** -16) - f(x - 2 ** -16)) / 2 ** -15;

  test.each(UNARY_CASES)("%s have the derivative of the value", (_title, operator, options) => {
    const { y, dx } = operator.formulas(options);
    for (const x of points) {
      const value = operator.gradientFrom === "x" ? x : y.value(x);
      const expected = 1.5 * slope(y.value, x);
      const tolerance = 1e-6 * (1 + Math.abs(expected));
      if (!Number.isNaN(expected)) expect(Math.abs(dx.value(value, 1.5) - expected), `${x}`).toBeLessThan(tolerance);
    }
  });

  test.each(BINARY_CASES)("%s have the derivatives of the value", (_title, { y, da, db }) => {
    for (const [i, a] of points.entries()) {
      const b = oracle.at(points, (i * 37 + 11) % points.length);
      for (const [gradient, f, x] of [
        [da, (x: number) => y.value(x, b), a],
        [db, (x: number) => y.value(a, x), b],
      ] as const) {
        const expected = 1.5 * slope(f, x);
        const tolerance = 1e-6 * (1 + Math.abs(expected));
        if (Number.isNaN(expected)) continue;
        expect(Math.abs(gradient.value(a, b, 1.5) - expected), `${a}, ${b}`).toBeLessThan(tolerance);
      }
    }
  });
});

describeOnEachBackend("unary", (backend) => {
  const forward = ({ forward }: UnaryOperator, x: oracle.Operand, options: object) =>
    evaluate(backend(), () => forward(upload(backend(), x), options));
  const backward = ({ backward }: UnaryOperator, value: oracle.Operand, dy: oracle.Operand, options: object) =>
    evaluate(backend(), () => backward(upload(backend(), value), upload(backend(), dy), options));

  describe.each(UNARY_CASES)("%s", (_title, operator, options, values) => {
    const { name, terms } = operator;
    const formulas = operator.formulas(options);

    /** What the gradient is computed from, for these x. A subnormal output may be 0. */
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

    test("gives what PyTorch gives", async () => {
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
        expect(excess(oracle.at(y, i), expected, terms, magnitude(i)), `y of ${values.x[i]}`).toBeLessThanOrEqual(1);
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
        { numRuns: 10 },
      );
    });

    test("keeps its bound where it bends", async () => {
      await expectForward(operand(BENDS));
      await expectBackward(valuesFor(BENDS), randomOperand([BENDS.length], 2));
    });

    test("keeps its bound from the smallest to the largest numbers, of either sign", async () => {
      await expectForward(operand(allMagnitudes(10_000, 3)));
      await expectBackward(valuesFor(allMagnitudes(10_000, 4)), operand(allMagnitudes(10_000, 5)));
      await expectBackward(valuesFor(BENDS), operand(allMagnitudes(BENDS.length, 6)));
    });

    test("takes zeros, infinities and NaN as its formula does", async () => {
      await expectForward(operand(EXTREME));
      const [x, dy] = pairs(SPECIAL);
      await expectBackward(valuesFor(x), operand(dy));
      await expectBackward(valuesFor(EXTREME), operand(new Float32Array(EXTREME.length).fill(-3)));
    });

    test("is differentiated by its gradient, and gives the same bits on every run", async () => {
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

  test("clip refuses bounds that are none", () => {
    const x = backend().zeros([1]);
    const refuses = (options: object, message: string) =>
      expectRefusal(backend(), OptionError, message, () => clip(x, options));
    refuses({ min: Number.NaN }, "clip: min is NaN, expected a number");
    refuses({ min: 1, max: 0 }, "clip: max is 0, expected a number of at least min, 1");
    refuses({ max: Number.NaN }, "clip: max is NaN, expected a number of at least min, -Infinity");
    x.dispose();
  });
});

describeOnEachBackend("binary", (backend) => {
  const forward = ({ forward }: BinaryOperator, a: oracle.Operand, b: oracle.Operand) =>
    evaluate(backend(), () => forward(upload(backend(), a), upload(backend(), b)));

  /** da and db, read, with everything else disposed of. */
  async function backward(
    operator: BinaryOperator,
    a: oracle.Operand,
    b: oracle.Operand,
    dy: oracle.Operand,
  ): Promise<Readonly<Record<"da" | "db", Float32Array>>> {
    const { da, db } = backend().tidy(() =>
      operator.backward(upload(backend(), a), upload(backend(), b), upload(backend(), dy)),
    );
    const values = await Promise.all([da.read(), db.read()]);
    expect([da.shape, db.shape]).toEqual([a.shape, b.shape]);
    da.dispose();
    db.dispose();
    return { da: values[0], db: values[1] };
  }

  describe.each(BINARY_CASES)("%s", (name, operator) => {
    async function expectForward(a: oracle.Operand, b: oracle.Operand): Promise<void> {
      const shape = oracle.broadcastShape(a.shape, b.shape);
      const [aPlaces, bPlaces] = [oracle.places(a.shape, shape), oracle.places(b.shape, shape)];
      const at = (i: number) =>
        [oracle.at(a.data, oracle.at(aPlaces, i)), oracle.at(b.data, oracle.at(bPlaces, i))] as const;
      expectPromised(name, await forward(operator, a, b), oracle.sizeOf(shape), at, operator.y);
    }

    /** Each gradient is a sum of what the formula gives at the places where its operand was stretched to. */
    async function expectBackward(a: oracle.Operand, b: oracle.Operand, dy: oracle.Operand): Promise<void> {
      const { shape } = dy;
      const [aPlaces, bPlaces] = [oracle.places(a.shape, shape), oracle.places(b.shape, shape)];
      const actual = await backward(operator, a, b, dy);
      for (const [gradient, own, places] of [
        ["da", a, aPlaces],
        ["db", b, bPlaces],
      ] as const) {
        const { value, magnitude } = operator[gradient];
        const size = oracle.sizeOf(own.shape);
        const [sums, magnitudes] = [new Float64Array(size), new Float64Array(size)];
        for (const [i, place] of places.entries()) {
          const given = [
            oracle.at(a.data, oracle.at(aPlaces, i)),
            oracle.at(b.data, oracle.at(bPlaces, i)),
            oracle.at(dy.data, i),
          ] as const;
          const term = value(...given);
          sums[place] = oracle.at(sums, place) + term;
          const ofSum = size === places.length ? 0 : Math.abs(term);
          magnitudes[place] = oracle.at(magnitudes, place) + magnitude(...given) + ofSum;
        }
        const summed = { value: (i: number) => oracle.at(sums, i), magnitude: (i: number) => oracle.at(magnitudes, i) };
        expectPromised(
          `${name} ${gradient}`,
          actual[gradient],
          size,
          (i) => [i] as const,
          summed,
          places.length / size,
        );
      }
    }

    test("gives what PyTorch gives", async () => {
      const values = existing(known.binary[name]);
      const [a, b] = [operand(Float32Array.from(values.a, Number)), operand(Float32Array.from(values.b, Number))];
      const at = (i: number) => [oracle.at(a.data, i), oracle.at(b.data, i)] as const;
      const ones = operand(new Float32Array(a.data.length).fill(1));
      const [y, { da, db }] = [await forward(operator, a, b), await backward(operator, a, b, ones)];
      const yKnown = values.y.map(Number);
      const [daKnown, dbKnown] = [values.da.map(Number), values.db.map(Number)];
      const found = (expected: readonly number[], magnitude: (...given: readonly [number, number]) => number) => ({
        value: (i: number) => oracle.at(expected, i),
        magnitude: (i: number) => magnitude(...at(i)),
      });
      const index = (i: number) => [i] as const;
      expectPromised("y", y, y.length, index, found(yKnown, operator.y.magnitude));
      expectPromised(
        "da",
        da,
        y.length,
        index,
        found(daKnown, (a, b) => operator.da.magnitude(a, b, 1)),
      );
      expectPromised(
        "db",
        db,
        y.length,
        index,
        found(dbKnown, (a, b) => operator.db.magnitude(a, b, 1)),
      );
    });

    test("keeps its bound over random shapes", async () => {
      await fc.assert(
        fc.asyncProperty(
          broadcastingShapes(),
          fc.constantFrom(1, 4),
          fc.nat(),
          async ([aShape, bShape], scale, seed) => {
            const a = { data: scaled(randomOperand(aShape, seed).data, scale), shape: aShape };
            const b = { data: scaled(randomOperand(bShape, seed + 1).data, scale), shape: bShape };
            await expectForward(a, b);
            await expectBackward(a, b, randomOperand(oracle.broadcastShape(aShape, bShape), seed + 2));
          },
        ),
        { numRuns: 30 },
      );
    });

    test.each([
      ["two scalars", [], []],
      ["a scalar", [33, 31], []],
      ["a scalar, vectors of four", [], [20, 16]],
      ["a bias", [64, 24, 8], [8]],
      ["a bias, odd", [640, 10], [10]],
      ["a channel of nchw", [3, 5, 12, 12], [5, 1, 1]],
      ["an outer product", [100, 1], [1, 100]],
      ["axes in turn, eight of them", [2, 1, 3, 1, 2, 1, 3, 1], [1, 2, 1, 3, 1, 2, 1, 4]],
      ["axes in turn, within fours", [1, 4, 1, 4, 1, 4, 1, 4], [4, 1, 4, 1, 4, 1, 4, 1]],
      ["the smaller first", [7], [5, 6, 7]],
    ] as const)("%s", async (_title, aShape, bShape) => {
      const [a, b] = [randomOperand(aShape, 1), randomOperand(bShape, 2)];
      await expectForward(a, b);
      await expectBackward(a, b, randomOperand(oracle.broadcastShape(aShape, bShape), 3));
    });

    test("keeps its bound from the smallest to the largest numbers, of either sign", async () => {
      const [a, b, dy] = [allMagnitudes(10_000, 3), allMagnitudes(10_000, 4), allMagnitudes(10_000, 5)];
      await expectForward(operand(a), operand(b));
      await expectBackward(operand(a), operand(b), operand(dy));
      // Of about the same size, so that not every result is one of the operands, 0 or infinite.
      const middle = allMagnitudes(10_000, 6, 240);
      const near = middle.map((value, i) => value * (0.5 + (i % 7) / 4));
      await expectForward(operand(middle), operand(near));
      await expectBackward(operand(middle), operand(near), operand(dy));
      const small = b.map((_, i) => ((i % 801) - 400) / 100);
      await expectForward(operand(a), operand(small));
      await expectBackward(operand(a), operand(small), operand(dy));
    });

    test("takes zeros, infinities, NaN and ties as its formula does", async () => {
      const both = async (values: Float32Array, gradients: readonly number[]) => {
        const [a, b] = pairs(values);
        await expectForward(operand(a), operand(b));
        for (const gradient of gradients) {
          await expectBackward(operand(a), operand(b), operand(new Float32Array(a.length).fill(gradient)));
        }
      };
      await both(SPECIAL, [1, 0, Number.NaN, Number.POSITIVE_INFINITY]);
      await both(EXTREME, [-3]);
    });

    test("is differentiated by its gradients, and gives the same bits on every run", async () => {
      const [a, b, weights] = [randomOperand([50, 3], 1), randomOperand([3], 2), randomOperand([50, 3], 3)];
      const { da, db } = await backward(operator, a, b, weights);
      const y = await forward(operator, a, b);
      for (let run = 0; run < 2; run++) {
        const gradients = await gradientsOf(backend(), [a, b], weights, ([a, b]) =>
          operator.forward(existing(a), existing(b)),
        );
        expect(gradients).toEqual([da, db]);
        expect(await forward(operator, a, b)).toEqual(y);
      }
    });

    test("takes one tensor twice", async () => {
      const a = randomOperand([5, 8], 1);
      const y = await evaluate(backend(), () => {
        const x = upload(backend(), a);
        return operator.forward(x, x);
      });
      expectPromised(name, y, 40, (i) => [oracle.at(a.data, i), oracle.at(a.data, i)] as const, operator.y);
    });
  });
});

describe("every operator", () => {
  /** What an operator gives, forward and backward, for random operands. */
  async function results(backend: Backend, shape: readonly number[]): Promise<Map<string, Float32Array>> {
    const [x, w] = [upload(backend, randomOperand(shape, 1)), upload(backend, randomOperand(shape, 2))];
    const bias = upload(backend, randomOperand(shape.slice(-1), 3));
    const made: [string, Tensor][] = [];
    for (const [title, operator, options] of UNARY_CASES) {
      made.push([title, operator.forward(x, options)], [`${title} dx`, operator.backward(x, w, options)]);
    }
    for (const [name, operator] of BINARY_CASES) {
      const { da, db } = operator.backward(x, bias, w);
      made.push([name, operator.forward(x, bias)], [`${name} da`, da], [`${name} db`, db]);
    }
    await backend.settled();
    const values = new Map<string, Float32Array>();
    for (const [name, tensor] of made) {
      values.set(name, await tensor.read());
      tensor.dispose();
    }
    for (const tensor of [x, w, bias]) tensor.dispose();
    return values;
  }

  test("passes validation", async () => {
    const backend = await createBackend({ kind: "webgpu", validate: true });
    for (const shape of [
      [40, 3],
      [5, 6, 8],
    ]) {
      await results(backend, shape);
    }
    backend.destroy();
  });

  test.each([[[5000, 8]], [[13_333, 3]]])(
    "gives the same in parts, where a binding holds less than %j",
    async (shape) => {
      const [whole, device] = [await createBackend({ kind: "webgpu" }), await requestDevice()];
      const inParts = await createBackend({
        device: withSmallerLimits(device, { maxStorageBufferBindingSize: 2 ** 16 }),
      });
      const [expected, actual] = [await results(whole, shape), await results(inParts, shape)];
      for (const [name, values] of expected) {
        // A stretched operand's gradient is a sum, which is cut elsewhere, and so rounded elsewhere.
        if (values.length === oracle.sizeOf(shape)) expect(actual.get(name), name).toEqual(values);
      }
      for (const backend of [whole, inParts]) backend.destroy();
      device.destroy();
    },
  );
});

/** The gradients of Σ weights · f(operands), as the tape finds them. */
async function gradientsOf(
  backend: Backend,
  operands: readonly oracle.Operand[],
  weights: oracle.Operand,
  f: (operands: readonly Tensor[]) => Tensor,
): Promise<Float32Array[]> {
  const gradients = backend.tidy(
    () =>
      valueAndGradients(
        (parameters: readonly Tensor[]) => reduceSum(library.mul(f(parameters), upload(backend, weights))),
        operands.map((one) => upload(backend, one)),
      ).gradients,
  );
  const values = await Promise.all(gradients.map((gradient) => gradient.read()));
  for (const gradient of gradients) gradient.dispose();
  return values;
}

function existing<Value>(value: Value | undefined): Value {
  if (value === undefined) throw new Error("expected a value");
  return value;
}

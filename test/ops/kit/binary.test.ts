import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { describeOnEachBackend, evaluate, upload } from "../../support/backends.js";
import { BINARY_CASES, type BinaryOperator, known } from "../../support/elementwise.js";
import {
  allMagnitudes,
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
import { isFull, sampled } from "../../support/sampling.js";
import { broadcastingShapes } from "../../support/shapeArbitraries.js";

/** All operators share one kernel and one sum. `npm test` runs these shapes on two operators only. */
const SHAPES = [
  ["two scalars", [], []],
  ["a scalar", [33, 31], []],
  ["a scalar, vectors of four", [], [20, 16]],
  ["a bias", [64, 24, 8], [8]],
  ["a bias, odd", [640, 10], [10]],
  ["a channel of nchw", [3, 5, 12, 12], [5, 1, 1]],
  ["an outer product", [100, 1], [1, 100]],
  ["eight axes, stretched in turn", [2, 1, 3, 1, 2, 1, 3, 1], [1, 2, 1, 3, 1, 2, 1, 4]],
  ["axes stretched in turn, within fours", [1, 4, 1, 4, 1, 4, 1, 4], [4, 1, 4, 1, 4, 1, 4, 1]],
  ["the smaller operand first", [7], [5, 6, 7]],
] as const;

describeOnEachBackend("binary", (backend) => {
  const forward = ({ forward }: BinaryOperator, a: oracle.Operand, b: oracle.Operand) =>
    evaluate(backend(), () => forward(upload(backend(), a), upload(backend(), b)));

  /** Reads da and db and disposes of everything else. */
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

    /** Each gradient is a sum of the formula's values at the places that its operand is stretched to. */
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

    test("agrees with PyTorch", async () => {
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
          async ([shape, bShape], scale, seed) => {
            const aShape = operator.onlyBStretches ? oracle.broadcastShape(shape, bShape) : shape;
            const a = { data: scaled(randomOperand(aShape, seed).data, scale), shape: aShape };
            const b = { data: scaled(randomOperand(bShape, seed + 1).data, scale), shape: bShape };
            await expectForward(a, b);
            await expectBackward(a, b, randomOperand(oracle.broadcastShape(aShape, bShape), seed + 2));
          },
        ),
        { numRuns: sampled(15) },
      );
    });

    const everyShape = isFull || name === "mul" || name === "pow";
    test.each(everyShape ? SHAPES : [])("keeps its bound: %s", async (_title, shape, bShape) => {
      const aShape = operator.onlyBStretches ? oracle.broadcastShape(shape, bShape) : shape;
      const [a, b] = [randomOperand(aShape, 1), randomOperand(bShape, 2)];
      await expectForward(a, b);
      await expectBackward(a, b, randomOperand(oracle.broadcastShape(aShape, bShape), 3));
    });

    test("keeps its bound from the smallest to the largest numbers of either sign", async () => {
      const size = sampled(10_000);
      const [a, b, dy] = [allMagnitudes(size, 3), allMagnitudes(size, 4), allMagnitudes(size, 5)];
      await expectForward(operand(a), operand(b));
      await expectBackward(operand(a), operand(b), operand(dy));
      // Numbers of about the same size. Otherwise every result would be one of the operands, 0 or infinite.
      const middle = allMagnitudes(size, 6, 240);
      const near = middle.map((value, i) => value * (0.5 + (i % 7) / 4));
      await expectForward(operand(middle), operand(near));
      await expectBackward(operand(middle), operand(near), operand(dy));
      const small = b.map((_, i) => ((i % 801) - 400) / 100);
      await expectForward(operand(a), operand(small));
      await expectBackward(operand(a), operand(small), operand(dy));
    });

    test("gives the formula's value for zeros, infinities, NaN and ties", async () => {
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

    test("passes its gradients to valueAndGradients and gives the same bits on every run", async () => {
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

    test("accepts one tensor twice", async () => {
      const a = randomOperand([5, 8], 1);
      const y = await evaluate(backend(), () => {
        const x = upload(backend(), a);
        return operator.forward(x, x);
      });
      expectPromised(name, y, 40, (i) => [oracle.at(a.data, i), oracle.at(a.data, i)] as const, operator.y);
    });
  });
});

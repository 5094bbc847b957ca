import fc from "fast-check";
import { expect, test } from "vitest";
import { createBackend, logSoftmax, ShapeError, type ValidationReport } from "webgpu-cnn";
import { describeOnEachBackend, evaluate, upload } from "../../support/backends.js";
import { expectWithinBound } from "../../support/expectWithinBound.js";
import * as oracle from "../../support/float64.js";
import { randomOperand } from "../../support/random.js";
import { expectRefusal, zerosOn } from "../../support/refusals.js";
import { sampled } from "../../support/sampling.js";

const { NaN: nan, POSITIVE_INFINITY: infinity } = Number;
const row = (...values: number[]): oracle.Operand => ({ data: Float32Array.from(values), shape: [1, values.length] });

describeOnEachBackend("logSoftmax", (backend) => {
  const logarithms = (x: oracle.Operand) => evaluate(backend(), () => logSoftmax(upload(backend(), x)));

  test("keeps its bound over random shapes and spreads", async () => {
    const outer = fc.array(fc.integer({ min: 1, max: 5 }), { maxLength: 3 });
    const spread = fc.constantFrom(0.01, 1, 10, 60, 200, 1e5);
    await fc.assert(
      fc.asyncProperty(outer, fc.integer({ min: 1, max: 70 }), spread, fc.nat(), async (outer, c, spread, seed) => {
        const { data, shape } = randomOperand([...outer, c], seed);
        const x = { data: data.map((value) => value * spread), shape };
        expectWithinBound(await logarithms(x), oracle.logSoftmax(x), "logSoftmax y");
      }),
      { numRuns: sampled(80) },
    );
  });

  test("gives known values", async () => {
    const known = row(0, Math.log(2), Math.log(5));
    for (const [i, value] of [1 / 8, 2 / 8, 5 / 8].entries()) {
      expect((await logarithms(known))[i]).toBeCloseTo(Math.log(value), 6);
    }
    // The softmax of this class underflows to 0.
    expect([...(await logarithms(row(0, -1000)))]).toEqual([0, -1000]);
    expect([...(await logarithms(row(-7)))]).toEqual([0]);
  });

  test("does not overflow", async () => {
    const [half, quarter] = [Math.fround(-Math.LN2), Math.fround(-Math.log(4))];
    const [first, second, third] = await logarithms(row(1e30, -1e30, 1e30));
    expect(first).toBeCloseTo(half, 6);
    expect(second).toBe(-Math.fround(2 * Math.fround(1e30)));
    expect(third).toBeCloseTo(half, 6);
    for (const value of await logarithms(row(3e38, 3e38, 3e38, 3e38))) expect(value).toBeCloseTo(quarter, 6);
  });

  test("a logit of −∞ gives the probability 0, and a NaN or +∞ gives NaN in its row only", async () => {
    const [first, impossible] = await logarithms(row(1, -infinity, 1));
    expect(first).toBeCloseTo(-Math.LN2, 6);
    expect(impossible).toBe(-infinity);
    for (const poisoned of [nan, infinity]) {
      for (let i = 0; i < 8; i++) {
        const x = randomOperand([3, 8], i);
        x.data[8 + i] = poisoned;
        expectWithinBound(await logarithms(x), oracle.logSoftmax(x), "logSoftmax y");
        expect((await logarithms(x)).subarray(8, 16).every(Number.isNaN)).toBe(true);
      }
    }
    expect([...(await logarithms(row(-infinity, -infinity)))]).toEqual([nan, nan]);
  });

  test("gives the same bits on every run", async () => {
    const x = randomOperand([700, 10], 5);
    const first = await logarithms(x);
    for (let i = 0; i < 3; i++) expect(await logarithms(x)).toEqual(first);
  });

  const zeros = zerosOn(backend);

  test("refuses a scalar", () => {
    const message = "logSoftmax: x has rank 0, expected at least 1: the last axis is that of the classes";
    expectRefusal(backend(), ShapeError, message, () => logSoftmax(zeros()));
  });
});

test("logSoftmax passes validation with its bound", async () => {
  const reports: ValidationReport[] = [];
  const backend = await createBackend({ kind: "webgpu", validate: (report) => reports.push(report) });
  await evaluate(backend, () => logSoftmax(upload(backend, row(-90, 0, 1, 30, -Infinity, 29.5))));
  expect(reports.map(({ operator }) => operator)).toEqual(["logSoftmax"]);
  expect(reports[0]?.largestShare).toBeLessThanOrEqual(1);
  backend.destroy();
});

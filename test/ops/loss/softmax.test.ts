import fc from "fast-check";
import { expect, test } from "vitest";
import { createBackend, ShapeError, softmax, type ValidationReport } from "webgpu-cnn";
import { describeOnEachBackend, evaluate, upload } from "../../support/backends.js";
import { expectWithinBound } from "../../support/expectWithinBound.js";
import * as oracle from "../../support/float64.js";
import { randomOperand } from "../../support/random.js";
import { expectRefusal, zerosOn } from "../../support/refusals.js";
import { sampled } from "../../support/sampling.js";

const { NaN: nan, POSITIVE_INFINITY: infinity } = Number;
const row = (...values: number[]): oracle.Operand => ({ data: Float32Array.from(values), shape: [1, values.length] });

describeOnEachBackend("softmax", (backend) => {
  const probabilities = (x: oracle.Operand) => evaluate(backend(), () => softmax(upload(backend(), x)));

  test("keeps its bound over random shapes and spreads", async () => {
    const outer = fc.array(fc.integer({ min: 1, max: 5 }), { maxLength: 3 });
    const spread = fc.constantFrom(0.01, 1, 10, 60, 200, 1e5);
    await fc.assert(
      fc.asyncProperty(outer, fc.integer({ min: 1, max: 70 }), spread, fc.nat(), async (outer, c, spread, seed) => {
        const { data, shape } = randomOperand([...outer, c], seed);
        const x = { data: data.map((value) => value * spread), shape };
        expectWithinBound(await probabilities(x), oracle.softmax(x), "softmax y");
      }),
      { numRuns: sampled(120) },
    );
  });

  test("does not overflow", async () => {
    expect([...(await probabilities(row(1e30, -1e30, 0, 1e30)))]).toEqual([0.5, 0, 0, 0.5]);
    expect([...(await probabilities(row(-1e30, -1e30)))]).toEqual([0.5, 0.5]);
    expect([...(await probabilities(row(3e38, -3e38, 3e38, 3e38, 3e38)))]).toEqual([0.25, 0, 0.25, 0.25, 0.25]);
    expect([...(await probabilities(row(-7)))]).toEqual([1]);
  });

  test("a logit of −∞ gives the probability 0, and a NaN or +∞ gives NaN in its row only", async () => {
    expect([...(await probabilities(row(1, -infinity, 1)))]).toEqual([0.5, 0, 0.5]);
    for (const poisoned of [nan, infinity]) {
      for (let i = 0; i < 8; i++) {
        const x = randomOperand([3, 8], i);
        x.data[8 + i] = poisoned;
        expectWithinBound(await probabilities(x), oracle.softmax(x), "softmax y");
        expect((await probabilities(x)).subarray(8, 16).every(Number.isNaN)).toBe(true);
      }
    }
    expect([...(await probabilities(row(-infinity, -infinity)))]).toEqual([nan, nan]);
  });

  test("gives the same bits on every run", async () => {
    const x = randomOperand([700, 10], 5);
    const first = await probabilities(x);
    for (let i = 0; i < 3; i++) expect(await probabilities(x)).toEqual(first);
  });

  const zeros = zerosOn(backend);

  test("refuses a scalar", () => {
    const message = "softmax: x has rank 0, expected at least 1: the last axis is that of the classes";
    expectRefusal(backend(), ShapeError, message, () => softmax(zeros()));
  });
});

test("softmax passes validation with its bound", async () => {
  const reports: ValidationReport[] = [];
  const backend = await createBackend({ kind: "webgpu", validate: (report) => reports.push(report) });
  await evaluate(backend, () => softmax(upload(backend, row(-90, 0, 1, 30, 29.5))));
  expect(reports.map(({ operator }) => operator)).toEqual(["softmax"]);
  expect(reports[0]?.largestShare).toBeLessThanOrEqual(1);
  backend.destroy();
});

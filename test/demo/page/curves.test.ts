import { expect, test } from "vitest";
import { Series } from "../../../demo/page/learn/curves/series.js";
import { commonestPairs, confusionOf, itemsOf } from "../../../demo/page/learn/mistakes/confusion.js";
import { confusionCsv, curveCsv } from "../../../demo/page/learn/save/csv.js";
import { percent } from "../../../demo/page/look/words.js";

test("a short curve is drawn as it is", () => {
  const series = new Series();
  for (const [i, value] of [3, 1, 2].entries()) series.push(i + 1, value);
  const { steps, raw, smooth } = series.drawn();
  expect(steps).toEqual([1, 2, 3]);
  expect(raw).toEqual([3, 1, 2]);
  expect(smooth[0]).toBe(3);
});

test("a long curve stays small, and loses no peak", () => {
  const series = new Series();
  const count = 50_000;
  for (let step = 1; step <= count; step++) series.push(step, step === 31_415 ? 9 : Math.sin(step));
  const { steps, raw, smooth } = series.drawn();
  expect(steps.length).toBeLessThanOrEqual(2000);
  expect(Math.max(...raw.map((value) => value ?? 0))).toBe(9);
  expect(steps.every((step, i) => i === 0 || step > (steps[i - 1] ?? 0))).toBe(true);
  expect(steps.at(-1)).toBeGreaterThan(count - 200);
  expect(Math.abs(smooth.at(-1) ?? 9)).toBeLessThan(0.3);
});

test("a loss that is no number leaves a gap", () => {
  const series = new Series();
  for (const [i, value] of [1, Number.NaN, Infinity].entries()) series.push(i, value);
  expect(series.drawn().raw).toEqual([1, null, null]);
  expect(series.smooth).toBe(1);
});

const result = {
  step: 5,
  seconds: 1,
  loss: 1,
  accuracy: 0.5,
  labels: Uint8Array.of(0, 0, 1, 1, 1, 2),
  predicted: Uint8Array.of(0, 1, 1, 0, 0, 0),
  confidence: Float32Array.of(0.9, 0.8, 0.7, 0.5, 0.6, 0.4),
};

test("mistakes are counted by what an item is and what it is taken for", () => {
  const counts = confusionOf(result, 3);
  expect(counts).toEqual([
    [1, 1, 0],
    [2, 1, 0],
    [1, 0, 0],
  ]);
  expect(commonestPairs(counts)[0]).toEqual({ label: 1, predicted: 0, count: 2 });
  // The surest mistake first; of what is right, the least sure.
  expect(itemsOf(result, { label: 1, predicted: 0 })).toEqual([4, 3]);
  expect(itemsOf(result, { label: 0, predicted: 0 })).toEqual([0]);
});

test("what is not all is never 100 %", () => {
  const shares = [0, 0.004, 0.5, 0.981, 0.9996, 1].map((share) => percent(share).replace("\u00a0", " "));
  expect(shares).toEqual(["0 %", "0.4 %", "50 %", "98.1 %", "99.9 %", "100 %"]);
});

test("the numbers are written as RFC 4180 has it", () => {
  const curve = [
    { step: 1, loss: 2.5, accuracy: 0.125 },
    { step: 2, loss: 2, accuracy: 0.25 },
  ];
  expect(curveCsv(curve, [{ step: 2, loss: 2.25, accuracy: 0.5 }])).toBe(
    "step,loss,accuracy,test loss,test accuracy\r\n1,2.5,0.125,,\r\n2,2,0.25,2.25,0.5\r\n",
  );
  expect(confusionCsv(result, ["cat", 'a "dog"', "x,y"]).split("\r\n").slice(0, 3)).toEqual([
    '"is, read as",cat,"a ""dog""","x,y"',
    "cat,1,1,0",
    '"a ""dog""",2,1,0',
  ]);
});

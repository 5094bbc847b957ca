import { afterAll, expect, test } from "vitest";
import { OutFolder, resultOf, runQuick } from "./support/run.js";

const out = new OutFolder();
afterAll(() => out.remove());

test("pytorch gives PyTorch's logits, reads as many digits as PyTorch, and learns on", async () => {
  const run = await runQuick("pytorch", out);
  expect(run.status, run.output).toBe(0);
  expect(Number(/^from PyTorch's +(\S+) at most, of 200 logits/m.exec(run.output)?.[1])).toBeLessThan(1e-4);
  expect(resultOf(run, "PyTorch's weights")).toBeGreaterThan(97);
  expect(resultOf(run, "after fine-tuning")).toBeGreaterThan(97);
  out.expectPng("pytorch.png", 880, 500);
});

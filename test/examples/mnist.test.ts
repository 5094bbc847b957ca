import { afterAll, expect, test } from "vitest";
import { OutFolder, resultOf, runQuick } from "./support/run.js";

const out = new OutFolder();
afterAll(() => out.remove());

test("mnist reads more than 92 % of 1,000 digits after 5,000, and draws its picture", async () => {
  const run = await runQuick("mnist", out);
  expect(run.status, run.output).toBe(0);
  expect(run.output).toContain("data: MNIST, 5,000 to learn from and 1,000 to test with");
  expect(resultOf(run, "test accuracy")).toBeGreaterThan(92);
  out.expectPng("mnist.png", 880, 1000);
});

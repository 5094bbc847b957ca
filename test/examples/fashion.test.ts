import { afterAll, expect, test } from "vitest";
import { OutFolder, resultOf, runQuick } from "./support/run.js";

const out = new OutFolder();
afterAll(() => out.remove());

test("fashion tells more than 82 % of 1,000 pictures after 5,000, says which data it has, and draws its picture", async () => {
  const run = await runQuick("fashion", out);
  expect(run.status, run.output).toBe(0);
  expect(run.output).toContain("data: the repository's subset of Fashion-MNIST, 5,000 to learn from and 1,000 to test");
  expect(run.output).toContain("ankle boot  9");
  expect(resultOf(run, "test accuracy")).toBeGreaterThan(82);
  out.expectPng("fashion.png", 880, 1000);
});

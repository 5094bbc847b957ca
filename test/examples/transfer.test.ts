import { afterAll, expect, test } from "vitest";
import { OutFolder, resultOf, runQuick } from "./support/run.js";

const out = new OutFolder();
afterAll(() => out.remove());

test("transfer learns new digits better with the frozen convolutions than from scratch, and draws its picture", async () => {
  const run = await runQuick("transfer", out);
  expect(run.status, run.output).toBe(0);
  expect(resultOf(run, "transferred")).toBeGreaterThan(80);
  expect(resultOf(run, "transferred")).toBeGreaterThan(resultOf(run, "from scratch"));
  out.expectPng("transfer.png", 880, 800);
});

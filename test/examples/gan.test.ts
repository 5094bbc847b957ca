import { afterAll, expect, test } from "vitest";
import { OutFolder, resultOf, runQuick } from "./support/run.js";

const out = new OutFolder();
afterAll(() => out.remove());

test("gan plays 312 steps: some of its pictures already read as digits, and it draws its picture", async () => {
  const run = await runQuick("gan", out);
  expect(run.status, run.output).toBe(0);
  expect(resultOf(run, "reader's accuracy")).toBeGreaterThan(85);
  const [made, real] = [resultOf(run, "made digits"), resultOf(run, "real digits")];
  expect(made).toBeGreaterThan(5);
  expect(real).toBeGreaterThan(made);
  out.expectPng("gan.png", 880, 700);
});

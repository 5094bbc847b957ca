import { afterAll, expect, test } from "vitest";
import { OutFolder, resultOf, runQuick } from "./support/run.js";

const out = new OutFolder();
afterAll(() => out.remove());

test("onnx reads the line in its picture, and learns a new task from 30 lines", async () => {
  const run = await runQuick("onnx", out);
  expect(run.status, run.output).toBe(0);
  expect(run.output).toMatch(/^the picture says +reads 2 lines$/m);
  expect(resultOf(run, "kind of line")).toBeGreaterThan(80);
  out.expectPng("onnx.png", 880, 500);
});

import { afterAll, expect, test } from "vitest";
import { OutFolder, resultOf, runQuick } from "./support/run.js";

const out = new OutFolder();
afterAll(() => out.remove());

test("unet finds shapes in pictures that it has not seen, and draws its picture", async () => {
  const run = await runQuick("unet", out);
  expect(run.status, run.output).toBe(0);
  const shares = ["background", "circle", "square", "triangle"].map((name) => resultOf(run, `IoU of ${name}`));
  expect(shares[0]).toBeGreaterThan(90);
  const mean = shares.reduce((a, b) => a + b) / shares.length;
  expect(resultOf(run, "mean IoU")).toBeCloseTo(mean, 1);
  // A network that calls all of it background has a mean of less than 20.
  expect(mean).toBeGreaterThan(40);
  out.expectPng("unet.png", 880, 800);
});

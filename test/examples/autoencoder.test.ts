import { afterAll, expect, test } from "vitest";
import { OutFolder, resultOf, runQuick } from "./support/run.js";

const out = new OutFolder();
afterAll(() => out.remove());

test("autoencoder cleans digits that it has not seen by more than 7 dB, and draws its picture", async () => {
  const run = await runQuick("autoencoder", out);
  expect(run.status, run.output).toBe(0);
  const [before, after] = [resultOf(run, "PSNR before"), resultOf(run, "PSNR after")];
  expect(before).toBeGreaterThan(9);
  expect(before).toBeLessThan(10);
  expect(after).toBeGreaterThan(before + 7);
  out.expectPng("autoencoder.png", 880, 800);
});

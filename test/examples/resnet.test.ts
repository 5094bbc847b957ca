import { afterAll, expect, test } from "vitest";
import { OutFolder, runQuick } from "./support/run.js";

const out = new OutFolder();
afterAll(() => out.remove());

test("resnet learns more from 5,000 pictures with shortcuts than without, and draws its picture", async () => {
  const run = await runQuick("resnet", out);
  expect(run.status, run.output).toBe(0);
  const accuracies = [...run.output.matchAll(/^test accuracy +([\d.]+) %/gm)].map(([, value]) => Number(value));
  expect(accuracies).toHaveLength(2);
  const [without = 0, withShortcuts = 0] = accuracies;
  expect(withShortcuts).toBeGreaterThan(70);
  expect(withShortcuts).toBeGreaterThan(without + 5);
  out.expectPng("resnet.png", 880, 800);
});

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, expect, test } from "vitest";
import { OutFolder, runExample } from "./support/run.js";

const examples = fileURLToPath(new URL("../../examples", import.meta.url));
const out = new OutFolder();
afterAll(() => out.remove());

test("without a name it lists the examples, each with a line about it", async () => {
  const { status, output } = await runExample([]);
  expect(status).toBe(0);
  expect(output).toMatch(/^ {2}face +Finds the faces in a picture, and draws a box around each$/m);
  const names = readdirSync(examples).flatMap((file) => (file.endsWith(".ts") ? [file.slice(0, -3)] : []));
  expect(names.length).toBeGreaterThan(3);
  for (const name of names) if (name !== "main") expect(output).toMatch(new RegExp(`^ {2}${name} +\\S.{20,}$`, "m"));
});

test("a name that does not exist gets the nearest one, a wrong option too", async () => {
  const [name, option] = await Promise.all([runExample(["fashon"]), runExample(["mnist", "--quik"])]);
  expect(name.output).toMatch(/^there is no example "fashon"; did you mean fashion\?\n\nusage: npm run example/);
  expect(option.output).toMatch(/^--quik is not an option; did you mean --quick\?\n/);
  expect([name.status, option.status]).toEqual([2, 2]);
});

test("Ctrl-C ends the training; the example goes on with what it has learned", async () => {
  const words = ["mnist", "--quick", "--backend", "wasm", "--out", out.path];
  const { status, output } = await runExample(words, "epoch 1/3");
  expect(status, output).toBe(130);
  expect(output).not.toContain("epoch 3/3");
  expect(output).toMatch(/^test accuracy +\d\d\.\d\d %/m);
  out.expectPng("mnist.png", 880, 1000);
});

test("each example is at most 80 lines long", () => {
  const files = readdirSync(examples).filter((file) => file.endsWith(".ts"));
  const long = files.filter((file) => readFileSync(join(examples, file), "utf8").trimEnd().split("\n").length > 80);
  expect(long).toEqual([]);
});

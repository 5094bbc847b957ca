import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Backend, createBackend } from "webgpu-cnn";
import type { Dataset, Sequential } from "webgpu-cnn/nn";
import { codeOf } from "../../../demo/page/learn/save/code.js";
import { Training } from "../../../demo/page/network/training.js";
import { parseSettings } from "../../../demo/page/settings/notation.js";

let backend: Backend;
const folder = mkdtempSync(join(tmpdir(), "webgpu-cnn-code-"));
beforeAll(async () => {
  backend = await createBackend({ kind: "wasm" });
});
afterAll(() => {
  backend.destroy();
  rmSync(folder, { recursive: true });
});

const STEPS = 3;

test.each([
  ["digits", ""],
  [
    "every kind of layer",
    "blocks=3x3s2-same-none,4x3-valid-average&activation=tanh&optimizer=momentum&rate=0.01&dropout=0.25",
  ],
  ["other optimizers", "blocks=2x7-valid-max&activation=leakyRelu&optimizer=rmsprop&rate=0.001&batch=8&seed=12"],
])("the network as code makes the network of the page: %s", async (name, hash) => {
  const { blocks, activation, dropout, data, ...method } = parseSettings(hash);
  const plan = {
    architecture: { input: [28, 28, 1] as const, classes: 10, blocks, activation, dropout },
    method,
    data,
    steps: 0,
  };
  const file = join(folder, `${name.replaceAll(" ", "-")}.ts`);
  const code = codeOf(plan, STEPS, ["0", 'a "quoted" name']);
  // It opens a backend of its own. Here it gets the one that the page's network has.
  writeFileSync(file, code.replace("await createBackend()", "globalThis.testBackend").replace(/ *console.*/, ""));
  Object.assign(globalThis, { testBackend: backend });
  const program: { readonly CLASSES: string[]; train(data: Dataset): Promise<Sequential> } = await import(file);
  expect(program.CLASSES).toEqual(["0", 'a "quoted" name']);

  const count = 40;
  const train = {
    images: Uint8Array.from({ length: count * 784 }, (_, i) => (i * 7919) % 256),
    labels: Uint8Array.from({ length: count }, (_, n) => n % 10),
    shape: [count, 28, 28, 1] as const,
  };
  const model = await program.train(train);
  const training = new Training(backend, plan);
  for (let step = 0; step < STEPS; step++) await training.train({ train, test: train, classes: [] });
  const { weights } = await training.snapshot(undefined);
  const made = await Promise.all([...model.weights.values()].map((weight) => weight.read()));
  expect(made).toEqual(weights.flatMap(({ kernel, bias }) => [kernel.values, bias.values]));
  model.dispose();
  await training.dispose();
});

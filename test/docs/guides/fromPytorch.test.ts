import { execFileSync, spawnSync } from "node:child_process";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { createBackend } from "webgpu-cnn";
import { loadCheckpoint } from "webgpu-cnn/io";
import { Conv2D, Dense, Flatten, MaxPooling2D, Sequential } from "webgpu-cnn/nn";
import { existing } from "../../../src/core/objects.js";
import { blocksOf, ProgramFolder, programOf } from "../support/pages.js";

const blocks = blocksOf("docs/guides/from-pytorch.md");
const codeOf = (language: string) => blocks.filter((block) => block.language === language);

/** Images whose brighter half tells the class. */
const DATA = `
const digits = (count: number, seed: number) => {
  const labels = Uint8Array.from({ length: count }, (_, i) => (i * 7 + seed) % 3);
  const images = Uint8Array.from({ length: count * 784 }, (_, i) => 80 * (labels[Math.floor(i / 784)] ?? 0) + (i % 50));
  return { images, shape: [count, 28, 28, 1], labels };
};
const [train, test] = [digits(128, 1), digits(48, 2)];`;

/** What PyTorch has written: weights of the shapes of its layers. */
const TORCH = `
const tensor = (...shape: number[]) => ({ shape, data: new Float32Array(shape.reduce((a, b) => a * b)).fill(0.5) });
await saveCheckpoint("torch.safetensors", {
  tensors: { "0.weight": tensor(8, 1, 3, 3), "0.bias": tensor(8), "4.weight": tensor(10, 1352), "4.bias": tensor(10) },
  metadata: {},
});`;
const BEFORE: Readonly<Record<string, string>> = { "Take the weights along": TORCH };
const AFTER: Readonly<Record<string, string>> = {
  "": DATA,
  "Train and test": 'if (net.stepsDone !== 4) throw new Error("it took other steps");',
  "The loop yourself": "const held = backend.memory().tensors;",
  "A module with a parameter and a buffer": `
    const scaled = await scale.predict(backend.tensor([[1, 2, 3]])).read();
    if (scaled.join() !== "1,2,3") throw new Error(\`the layer gave \${scaled}\`);`,
  "Take the weights along": `
    const [weight] = (await ported.weights.get("conv2d.kernel")?.read()) ?? [];
    if (weight !== 0.5) throw new Error("the weights did not come");`,
};
const program = codeOf("ts").flatMap(({ section, code }) => [BEFORE[section] ?? "", code, AFTER[section] ?? ""]);
const folder = new ProgramFolder(
  programOf([...program, 'console.log(held > 0);\nbackend.destroy();\nconsole.log("done");']),
);
afterAll(() => folder.remove());

test("each section has both languages", () => {
  const sections = (language: string) => new Set(codeOf(language).map(({ section }) => section));
  const both = [...sections("ts")].filter((section) => section !== "Layout");
  expect([...sections("python")]).toEqual(both);
});

test("no line is too long to read", () => {
  for (const { code } of blocks)
    for (const line of code.split("\n")) expect(line.length, line).toBeLessThanOrEqual(130);
});

test("the tasks compile in strict mode", async () => {
  expect(await folder.typeErrors()).toBe("");
});

test("the tasks run as they stand", async () => {
  const output = await folder.run();
  expect(output).toContain("Float32Array(3) [ 2, 4, 6 ]");
  expect(output).toContain("[ 2, 32, 40, 3 ]");
  expect(output).toContain("[ 'scale.factor', 'scale.shift' ]\n[ 'scale.factor' ]\n");
  expect(output.trim().split("\n").at(-1)).toBe("done");
});

/** Debian's PyTorch belongs to Debian's Python, which need not be the first in PATH. */
const PYTHON = process.env["PYTORCH_PYTHON"] ?? "python3";
const hasTorch = spawnSync(PYTHON, ["-c", "import torch, safetensors"]).status === 0;

/** Images and logits of the network whose weights the page writes. */
const CASE = `
x = test_x[:2]
save_file({"x": x, "y": again.eval()(x).detach()}, "case.safetensors")
`;

test.runIf(hasTorch)("PyTorch runs its side, and its weights give the same logits here", async () => {
  const given = `
train_x, test_x = torch.rand(128, 1, 28, 28), torch.rand(48, 1, 28, 28)
train_y, test_y = torch.arange(128) % 3, torch.arange(48) % 3
`;
  const [first = "", ...rest] = codeOf("python").map(({ code }) => code);
  execFileSync(PYTHON, ["-c", [first, given, ...rest, CASE].join("\n")], { cwd: folder.path });
  const read = (name: string) => loadCheckpoint(join(folder.path, name));
  const { tensors } = await read("case.safetensors");
  const [x, y] = [existing(tensors.get("x")), existing(tensors.get("y"))];
  const backend = await createBackend({ kind: "wasm" });
  const convolution = new Conv2D({ filters: 8, kernelSize: 3, activation: "relu" });
  const layers = [convolution, new MaxPooling2D(), new Flatten(), new Dense({ units: 10 })];
  const model = new Sequential(layers).build(backend, { inputShape: [28, 28, 1] });
  model.loadWeights(await read("torch.safetensors"), { pytorch: true, rename: { "0": "conv2d", "4": "dense" } });
  // One channel: the order of the axes makes no difference.
  const logits = await model.predict(backend.tensor(Float32Array.from(x.data, Number), [2, 28, 28, 1])).read();
  for (const [i, logit] of logits.entries()) expect(logit).toBeCloseTo(Number(y.data[i]), 5);
  backend.destroy();
});

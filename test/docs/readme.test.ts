import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { blocksOf, ProgramFolder, programOf, root } from "./support/pages.js";

/** The code blocks of the README that import from an entry. */
function examplesOf(entry: string): string[] {
  return blocksOf("README.md")
    .map(({ code }) => code)
    .filter((code) => code.includes(`from "${entry}"`));
}

/** Runs a program of the README. @returns its output */
async function run(program: string): Promise<string> {
  const folder = new ProgramFolder(program);
  try {
    return await folder.run();
  } finally {
    folder.remove();
  }
}

test("the first example runs as it is written and learns the Sobel filter", async () => {
  const [example = ""] = examplesOf("webgpu-cnn");
  const learned = (await run(example)).match(/-?[\d.]+(?:e-?\d+)?/g)?.map(Number) ?? [];
  // Node prints "Float32Array(9)" before the values.
  const filter = learned.slice(-9);
  for (const [i, weight] of [-1, 0, 1, -2, 0, 2, -1, 0, 1].entries()) expect(filter[i]).toBeCloseTo(weight, 2);
});

test("the example of a recorded step runs as it is written and finds the weights", async () => {
  const [example = ""] = examplesOf("webgpu-cnn").filter((code) => code.includes("backend.record("));
  const [first, second] =
    (await run(example))
      .match(/-?[\d.]+(?:e-?\d+)?/g)
      ?.slice(-2)
      .map(Number) ?? [];
  expect(first).toBeCloseTo(2, 1);
  expect(second).toBeCloseTo(3, 1);
});

/** A training example, with the data that it names. */
const withDigits = (example: string, data: string) => `
  import { loadMnist } from ${JSON.stringify(join(root, "demo/mnist.ts"))};
  import { ensureAdapter } from ${JSON.stringify(join(root, "tools/softwareAdapter.mjs"))};
  await ensureAdapter();
  const whole = await loadMnist();
  const first = (dataset, n) => ({
    images: dataset.images.subarray(0, n * 784), shape: [n, 28, 28, 1], labels: dataset.labels.subarray(0, n),
  });
  ${data}
  ${example}
`;

test("the training example runs as it is written and learns real digits", async () => {
  const [example = ""] = examplesOf("webgpu-cnn/nn");
  const statements = example.split("\n").filter((line) => line.trim() !== "" && !line.startsWith("import"));
  expect(statements.length).toBeLessThanOrEqual(10);
  const program = withDigits(example, "const [train, test] = [first(whole.train, 6400), first(whole.test, 500)];");
  const lines = (await run(program)).trim().split("\n");
  expect(lines).toHaveLength(101);
  const [, accuracy = Number.NaN] = /accuracy: ([\d.]+)/.exec(lines.at(-1) ?? "")?.map(Number) ?? [];
  expect(accuracy).toBeGreaterThan(0.8);
});

test("the example of a graph runs as it is written and marks the ink of digits", async () => {
  const [, example = "", ...more] = examplesOf("webgpu-cnn/nn");
  expect(more).toEqual([]);
  const data = `
    const { images, shape } = first(whole.train, 160);
    const scans = { images, shape, labels: Float32Array.from(images, (byte) => (byte > 127 ? 1 : 0)) };
  `;
  const output = await run(withDigits(example, data));
  const accuracies = [...output.matchAll(/accuracy: ([\d.]+)/g)].map(([, accuracy]) => Number(accuracy));
  // Without ink, 0.81 would be right.
  expect(accuracies).toHaveLength(2);
  for (const accuracy of accuracies) expect(accuracy).toBeGreaterThan(0.85);
  expect(output).toContain("shape: [ 160, 28, 28, 1 ]");
});

/** What the parts of programs in the README take for granted. */
const GIVEN = `
import { readFile, writeFile } from "node:fs/promises";
import { add, type Backend, conv2d, conv2dBackward, createBackend, mul, reduceSum, relu, reluBackward, type Tensor, valueAndGradients } from "webgpu-cnn";
import { type Dataset } from "webgpu-cnn/nn";
declare const backend: Backend;
declare const [x, w, dy]: readonly [Tensor, Tensor, Tensor];
declare const [train, test, scans]: readonly [Dataset, Dataset, Dataset];
declare const model: import("webgpu-cnn/nn").Model;
declare const dataset: import("webgpu-cnn/io").Dataset;
declare const packed: Uint8Array;
declare const epoch: number;
declare const canvas: HTMLCanvasElement;
declare function learn(x: Float32Array, shape: readonly number[], labels: Float32Array): void;
`;

test("the blocks of the README compile in strict mode", async () => {
  const blocks = blocksOf("README.md").filter(({ language }) => language === "ts");
  const folder = new ProgramFolder(programOf([GIVEN, ...blocks.map(({ code }) => `{\n${code}\n}`)]));
  try {
    expect(await folder.typeErrors()).toBe("");
  } finally {
    folder.remove();
  }
});

test("the links to headings of this page and of the guides lead somewhere", () => {
  const anchorsOf = (page: string) => {
    const text = readFileSync(join(root, page), "utf8").replaceAll(/^```[\s\S]*?^```$/gm, "");
    const titles = [...text.matchAll(/^#+ (.*)$/gm)].map(([, title = ""]) => title.toLowerCase());
    return titles.map((title) => title.replaceAll(/[^\p{L}\p{N} _-]/gu, "").replaceAll(" ", "-"));
  };
  for (const [page, folder] of [
    ["README.md", ""],
    ["docs/guides/training.md", "docs/"],
    ["docs/guides/from-keras-and-tfjs.md", "docs/"],
    ["docs/guides/keras.md", "docs/"],
    ["docs/guides/onnx.md", "docs/"],
    ["docs/guides/porting.md", "docs/"],
    ["docs/guides/serving.md", "docs/"],
  ] as const) {
    const links = readFileSync(join(root, page), "utf8").matchAll(/\]\((?!https?:)([^)#]*)#([^)]+)\)/g);
    for (const [link, path, anchor = ""] of links) {
      expect(anchorsOf(path ? folder + path : page), `${page}: ${link}`).toContain(anchor);
    }
  }
});

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

/** What the training example takes for granted. */
const GIVEN = `
import { type Dataset } from "webgpu-cnn/nn";
declare const [train, test]: readonly [Dataset, Dataset];
`;

test("the blocks of the README compile in strict mode", async () => {
  const blocks = blocksOf("README.md").filter(({ language }) => language === "ts");
  expect(blocks).toHaveLength(2);
  const folder = new ProgramFolder(programOf([GIVEN, ...blocks.map(({ code }) => `{\n${code}\n}`)]));
  try {
    expect(await folder.typeErrors()).toBe("");
  } finally {
    folder.remove();
  }
});

test("the README names scripts that exist, and is short", () => {
  const text = readFileSync(join(root, "README.md"), "utf8");
  const { scripts }: { readonly scripts: Readonly<Record<string, string>> } = JSON.parse(
    readFileSync(join(root, "package.json"), "utf8"),
  );
  const named = [...text.matchAll(/`npm (?:run )?([a-z][\w:]*)/g)].map(([, script = ""]) => script);
  expect(named.filter((script) => !["ci", "install"].includes(script) && !(script in scripts))).toEqual([]);
  expect(text.split("\n").length).toBeLessThanOrEqual(150);
});

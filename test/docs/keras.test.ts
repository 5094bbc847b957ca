import { copyFileSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { blocksOf, ProgramFolder, programOf, root } from "./support/pages.js";

const blocks = blocksOf("docs/guides/keras.md").filter(({ language }) => language === "ts");
const isTfjs = (code: string) => code.includes("await loadTfjs(");
const [tfjs = ""] = blocks.map(({ code }) => code).filter(isTfjs);
const others = blocks.map(({ code }) => code).filter((code) => !isTfjs(code));

/** The relative addresses of a page are files here. The model enlarges a black picture of 16 × 16 pixels. */
const START = `
import { readFile } from "node:fs/promises";
import { createBackend } from "webgpu-cnn";
globalThis.fetch = async (path) => new Response(new Uint8Array(await readFile(String(path))));
const backend = await createBackend();
`;
const END = `
const y = model.predict(backend.zeros([1, 16, 16, 3]));
console.log(y.shape.join());
backend.destroy();
`;

test("the guide's blocks compile in strict mode", async () => {
  const [first = "", ...more] = others;
  const folder = new ProgramFolder(programOf([first, ...more.map((code) => `{\n${code}\n}`)]));
  try {
    expect(await folder.typeErrors()).toBe("");
  } finally {
    folder.remove();
  }
});

const folder = new ProgramFolder(programOf([START, tfjs, END]));
afterAll(() => folder.remove());

test("the block for TensorFlow.js compiles in strict mode", async () => {
  expect(await folder.typeErrors()).toBe("");
});

test("it loads ESRGAN as it stands", async () => {
  mkdirSync(join(folder.path, "model"));
  for (const name of ["model.json", "group1-shard1of1.bin"]) {
    copyFileSync(join(root, "node_modules/@upscalerjs/esrgan-slim/models/x2", name), join(folder.path, "model", name));
  }
  expect((await folder.run()).trim().split("\n").at(-1)).toBe("1,32,32,3");
});

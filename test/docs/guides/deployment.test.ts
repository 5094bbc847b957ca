import { readFileSync } from "node:fs";
import { mkdir, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createBackend } from "webgpu-cnn";
import { encodeSafetensors } from "webgpu-cnn/io";
import { Dense, Flatten, Sequential } from "webgpu-cnn/nn";
import { existing } from "../../../src/core/objects.js";
import { Packed, run } from "../../package/packed.js";
import { SIZES } from "../../package/sizes.js";
import { withPage } from "../../support/page.js";
import { blocksOf, root } from "../support/pages.js";

const PAGE = "docs/guides/deployment.md";
const blocks = blocksOf(PAGE);
const code = (section: string, language: string) =>
  blocks.filter((block) => block.section === section && block.language === language).map((block) => block.code);
const headersOf = (lines: string) =>
  Object.fromEntries(
    lines
      .trim()
      .split("\n")
      .map((line) => line.trim().split(": ")),
  );
const [headers = "", hostFile = ""] = code("Headers", "text");

let packed: Packed;
beforeAll(async () => {
  packed = await Packed.withoutTypes();
});
afterAll(() => packed?.remove());

/** Builds a page with the guide's configuration of Vite. @returns the folder of the page, which the server has as /app */
async function built(name: string, main: string, model?: Uint8Array): Promise<string> {
  const directory = await packed.project(name, ["vite"], {
    "vite.config.js": existing(code("Static files", "js")[0]),
    "index.html": existing(code("Load on demand", "html")[0]),
    "main.js": main,
    "build.js": 'import { build } from "vite"; await build({ logLevel: "error" });',
  });
  await mkdir(join(directory, "public"));
  if (model) await writeFile(join(directory, "public/model.safetensors"), model);
  await run(process.execPath, ["build.js"], { cwd: directory });
  const site = join(directory, "site");
  await mkdir(site);
  await rename(join(directory, "dist"), join(site, "app"));
  await writeFile(join(site, "index.html"), "<!doctype html><title>another page</title>");
  return site;
}

async function modelFile(): Promise<Uint8Array> {
  const backend = await createBackend({ kind: "wasm" });
  const model = new Sequential([new Flatten(), new Dense({ units: 10 })]).build(backend, { inputShape: [28, 28, 1] });
  const bytes = encodeSafetensors(await model.save());
  backend.destroy();
  return bytes;
}

test("a page in a sub-path loads the library and the model at the first click, under the page's headers", async () => {
  const site = await built("on-demand", existing(code("Load on demand", "js")[0]), await modelFile());
  const use = async (page: Parameters<Parameters<typeof withPage>[1]>[0]) => {
    let bytes = 0;
    page.on("response", async (response) => {
      if (!response.url().endsWith(".js")) return;
      const script = await response.body();
      bytes += script.length;
    });
    await page.goto("http://localhost/app/index.html");
    await expect.poll(() => bytes).toBeGreaterThan(0);
    expect(bytes).toBeLessThan(10_000);
    await page.getByRole("button", { name: "Try it" }).click();
    await expect.poll(() => page.locator("output").innerText()).toBe("wasm: 10 numbers");
    await expect.poll(() => bytes).toBeGreaterThan(100_000);
  };
  await withPage(site, use, headersOf(headers));
});

test("what a visitor gets is told", async () => {
  const main = existing(code("What each visitor gets", "js")[0]);
  const site = await built("visitors", main);
  const told = (policy: Readonly<Record<string, string>>) =>
    withPage(
      site,
      async (page) => {
        const lines: string[] = [];
        page.on("console", (message) => lines.push(message.text()));
        page.on("pageerror", ({ message }) => lines.push(message));
        await page.goto("http://localhost/app/index.html");
        await expect.poll(() => lines.join("\n")).toMatch(/this takes longer|too old/);
        return lines.join("\n");
      },
      policy,
    );
  expect(await told({})).toMatch(/^Without a GPU, this takes longer\. createBackend: no WebGPU on a GPU here/m);
  expect(await told({ "Content-Security-Policy": "script-src 'self'" })).toMatch(
    /^This browser is too old\. .*without 'wasm-unsafe-eval'/m,
  );
});

test("the headers isolate the page, in the file of hosts too", () => {
  const [first, ...rest] = hostFile.trim().split("\n");
  expect(first).toBe("/*");
  expect(headersOf(headers)).toMatchObject(headersOf(rest.join("\n")));
});

test("the sizes are the limits of the package's tests", () => {
  const text = readFileSync(join(root, PAGE), "utf8");
  const rows = [...text.matchAll(/^\| (an app .*) \| (\d+) KiB \|$/gm)].map(([, what, limit]) => [what, Number(limit)]);
  expect(rows).toEqual(SIZES.map(([what, limit]) => [what, limit]));
});

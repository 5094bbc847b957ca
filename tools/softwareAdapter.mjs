/**
 * A WebGPU adapter for Node on every machine: the machine's own, or SwiftShader from an npm package. Tests, benchmarks and demos of this
 * repository call `ensureAdapter()` first. The published library never unpacks anything.
 */

import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { brotliDecompressSync } from "node:zlib";
import { create } from "webgpu";
import { unpackOnce } from "./unpackOnce.mjs";

/** @typedef {{ vendor: string, architecture: string, description: string, software: boolean }} AdapterSummary */

const nodeModules = fileURLToPath(new URL("../node_modules", import.meta.url));
const chromium = join(nodeModules, "@sparticuz/chromium");

/**
 * Dawn crashes or hangs if the object that `create()` returned is collected while a device lives.
 * @type {Set<GPU>}
 */
const heldForEver = new Set();

/** @type {Promise<AdapterSummary> | undefined} */
let found;

/**
 * Sees to it that every later `create([])` of npm `webgpu` in this process finds an adapter, and says which. Call it on
 * the main thread or in a forked process: the environment that a worker thread sets does not reach the Vulkan loader.
 * @returns {Promise<AdapterSummary>}
 * @throws Error naming what was tried, if there is none
 */
export function ensureAdapter() {
  found ??= findAdapter();
  return found;
}

/** @returns {Promise<AdapterSummary>} */
async function findAdapter() {
  const tried = [];
  // Dawn complains on stderr where Linux has no Vulkan loader, which is the usual case in CI: ask the linker first.
  if (process.platform !== "linux" || tryLoad("libvulkan.so.1") === undefined) {
    const own = await firstAdapter();
    if (own) return own;
    tried.push("the machine's own adapters: none that WebGPU can use");
  } else {
    tried.push("the machine's own adapters: no Vulkan loader (libvulkan.so.1)");
  }
  try {
    const directory = unpackSoftwareAdapter();
    process.env["VK_DRIVER_FILES"] = join(directory, "vk_swiftshader_icd.json");
    const failure = tryLoad(join(directory, "libvulkan.so.1"));
    const software = await firstAdapter();
    if (software) return software;
    tried.push(`SwiftShader in ${directory}: ${failure ?? "no adapter"}`);
  } catch (error) {
    tried.push(`SwiftShader of @sparticuz/chromium: ${error instanceof Error ? error.message : error}`);
  }
  throw new Error(`No WebGPU adapter. Tried ${tried.join("; ")}.`);
}

/** @returns {Promise<AdapterSummary | undefined>} */
async function firstAdapter() {
  const gpu = create([]);
  heldForEver.add(gpu);
  const adapter = await gpu.requestAdapter({ powerPreference: "high-performance" });
  if (!adapter) return undefined;
  const { vendor, architecture, description, isFallbackAdapter } = adapter.info;
  return { vendor, architecture, description, software: isFallbackAdapter };
}

/**
 * Loads a shared library into this process for good.
 * @param {string} library
 * @returns {string | undefined} why it did not load
 */
function tryLoad(library) {
  const RTLD_NOW = 2;
  const RTLD_NODELETE = 0x1000; // else Node unloads it again, since it is no Node addon
  try {
    process.dlopen({ exports: {} }, library, RTLD_NOW | RTLD_NODELETE);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    // What Node says of a library that was loaded and is no addon.
    return message.includes("did not self-register") ? undefined : message;
  }
  return undefined;
}

/**
 * Unpacks SwiftShader and its Vulkan loader once into node_modules/.cache.
 * @returns {string} the directory that holds vk_swiftshader_icd.json, libvk_swiftshader.so and libvulkan.so.1
 */
export function unpackSoftwareAdapter() {
  return unpackOnLinux("swiftshader", unpackSwiftShader);
}

/**
 * Unpacks the headless browser once into node_modules/.cache: SwiftShader beside it, where it looks for it, and the shared libraries that a
 * bare machine lacks.
 * @returns {{ executable: string, libraries: string }} libraries: what LD_LIBRARY_PATH must name
 */
export function unpackBrowser() {
  const directory = unpackOnLinux("chromium", (target) => {
    unpackSwiftShader(target);
    unpackTar(join(chromium, "bin/al2023.tar.br"), target);
    const executable = brotliDecompressSync(readFileSync(join(chromium, "bin/chromium.br")));
    writeFileSync(join(target, "chromium"), executable, { mode: 0o755 });
  });
  return { executable: join(directory, "chromium"), libraries: join(directory, "lib") };
}

/** @param {string} directory */
function unpackSwiftShader(directory) {
  unpackTar(join(chromium, "bin/swiftshader.tar.br"), directory);
}

/**
 * @param {string} archive a tar file, compressed with brotli
 * @param {string} directory
 */
function unpackTar(archive, directory) {
  for (const { name, content } of untar(brotliDecompressSync(readFileSync(archive)))) {
    mkdirSync(dirname(join(directory, name)), { recursive: true });
    writeFileSync(join(directory, name), content, { mode: 0o755 });
  }
}

/**
 * @param {string} name
 * @param {(directory: string) => void} fill writes the files
 * @returns {string} the directory that holds them
 */
function unpackOnLinux(name, fill) {
  if (process.platform !== "linux" || process.arch !== "x64") {
    throw new Error(`there is one for Linux on x64 only, not for ${process.platform} on ${process.arch}`);
  }
  const { version } = JSON.parse(readFileSync(join(chromium, "package.json"), "utf8"));
  return unpackOnce(`${name}-${version}`, fill);
}

/**
 * The regular files of a tar archive.
 * @param {Buffer} archive
 * @returns {Generator<{ name: string, content: Buffer }>}
 */
function* untar(archive) {
  const BLOCK = 512;
  let header = 0;
  while (archive[header]) {
    const field = (/** @type {number} */ from, /** @type {number} */ to) =>
      archive.toString("latin1", header + from, header + to).replace(/\0.*$/s, "");
    const size = Number.parseInt(field(124, 136), 8);
    const start = header + BLOCK;
    const type = field(156, 157);
    if (type === "0" || type === "") yield { name: field(0, 100), content: archive.subarray(start, start + size) };
    header = start + Math.ceil(size / BLOCK) * BLOCK;
  }
}

import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build, type InlineConfig } from "vite";
import { selfImport } from "../../../../tools/self-import-plugin.js";
import { wgsl } from "../../../../tools/wgsl-plugin.js";

const root = fileURLToPath(new URL(".", import.meta.url));
/** Programs find packages from here. */
const cache = fileURLToPath(new URL("../../../../node_modules/.cache/webgpu-cnn", import.meta.url));

const shared: InlineConfig = {
  ...{ configFile: false, root, base: "./", publicDir: false, logLevel: "error" },
  plugins: [wgsl(), selfImport()],
};

let programs: Promise<string> | undefined;
let page: Promise<string> | undefined;

/**
 * Bundles the programs of workers and coordinators, once in a process: they start in a fifth of the time of tools/run.mjs, and these tests
 * start dozens.
 *
 * @returns the folder of workerProgram.js and coordinatorProgram.js
 */
export function builtPrograms(): Promise<string> {
  programs ??= bundled({
    ...shared,
    build: {
      ...{ target: "es2023", minify: false, ssr: true },
      rolldownOptions: { input: ["workerProgram.ts", "coordinatorProgram.ts"].map((file) => join(root, file)) },
    },
  });
  return programs;
}

/** Bundles the page of a worker, once in a process. @returns the folder of index.html */
export function builtPage(): Promise<string> {
  page ??= bundled({ ...shared, build: { target: "es2023", minify: false } });
  return page;
}

async function bundled(config: InlineConfig): Promise<string> {
  mkdirSync(cache, { recursive: true });
  const outDir = mkdtempSync(join(cache, "faults-"));
  process.once("exit", () => rmSync(outDir, { recursive: true, force: true }));
  await build({ ...config, build: { ...config.build, outDir, emptyOutDir: true } });
  return outDir;
}

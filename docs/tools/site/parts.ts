import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { build as bundle } from "esbuild";
import { build } from "vite";
import { firstOf, type MnistPart } from "../../../tools/mnistFiles.js";
import { selfImport } from "../../../tools/self-import-plugin.js";
import { wgsl } from "../../../tools/wgsl-plugin.js";
import { root } from "./root.js";

const live = join(root, "docs/.vitepress/live");

/** Writes what VitePress does not build: the library and the worker of live blocks, their data, and the demo page. */
export async function writeParts(folder: string): Promise<void> {
  await writeData(join(folder, "data"));
  await writeLibrary(folder);
  await writeCompiler(folder);
  await build({
    configFile: join(root, "demo/vite.config.ts"),
    logLevel: "warn",
    build: { outDir: join(folder, "demo") },
  });
}

/** Digits for live blocks, as the IDX files that MNIST is published in. */
async function writeData(folder: string): Promise<void> {
  const files: readonly (readonly [string, MnistPart, number])[] = [
    ["digits-images", "train-images-idx3-ubyte", 4000],
    ["digits-labels", "train-labels-idx1-ubyte", 4000],
    ["digits-test-images", "t10k-images-idx3-ubyte", 1000],
    ["digits-test-labels", "t10k-labels-idx1-ubyte", 1000],
  ];
  await mkdir(folder, { recursive: true });
  for (const [name, part, count] of files) {
    await writeFile(join(folder, `${name}.idx.gz`), gzipSync(await firstOf(part, count), { level: 9 }));
  }
}

/** live.js, and the library's entries in lib/, as modules that a worker imports. */
async function writeLibrary(folder: string): Promise<void> {
  await build({
    configFile: false,
    root,
    logLevel: "warn",
    plugins: [wgsl(), selfImport()],
    publicDir: false,
    build: {
      target: "es2023",
      outDir: folder,
      emptyOutDir: false,
      lib: {
        entry: {
          live: join(live, "worker.ts"),
          "lib/index": join(live, "library.ts"),
          "lib/io": join(root, "src/io/index.ts"),
          "lib/keras": join(root, "src/keras/index.ts"),
          "lib/nn": join(root, "src/nn/index.ts"),
          "lib/onnx": join(root, "src/onnx/index.ts"),
          "lib/step-by-step": join(root, "src/stepByStep.ts"),
        },
        formats: ["es"],
        fileName: (_format, name) => `${name}.js`,
      },
      rolldownOptions: {
        output: { chunkFileNames: "lib/chunks/[name]-[hash].js" },
      },
    },
  });
}

/** The compiler that takes the types out of code that a visitor has changed. */
async function writeCompiler(folder: string): Promise<void> {
  await bundle({
    entryPoints: [join(live, "withoutTypes.ts")],
    outfile: join(folder, "lib/withoutTypes.js"),
    bundle: true,
    minify: true,
    format: "esm",
    platform: "browser",
    target: "es2022",
    logLevel: "error",
  });
}

import { defineConfig } from "vite";
import { selfImport } from "./tools/self-import-plugin.js";
import { wgsl } from "./tools/wgsl-plugin.js";

/**
 * How the build splits the files of src, beside by entries. An app loads at once what a chunk has for all of its parts, those that it imports
 * on demand included. So each folder of operators and each file of layers is a chunk. A chunk takes along what its files import, except what
 * an earlier one has.
 */
const CHUNKS = [
  { name: "core", test: /\/src\/core\// },
  { name: "kit", test: /\/src\/ops\/kit\// },
  { debugName: "operators", name: (id: string) => /\/src\/ops\/(\w+)\//.exec(id)?.[1] },
  { name: "network", test: /\/src\/nn\/network\.ts/ },
  { debugName: "layers", name: (id: string) => /\/src\/nn\/layers\/(\w+)\./.exec(id)?.[1] },
];

/** The library's build; Vitest and tools/run.mjs take the plugins from here. */
export default defineConfig({
  plugins: [wgsl(), selfImport()],
  publicDir: false,
  build: {
    target: "es2023",
    minify: false,
    sourcemap: true,
    lib: {
      entry: {
        index: "src/index.ts",
        "index.node": "src/index.node.ts",
        "command/main": "src/command/main.node.ts",
        "distributed/index": "src/distributed/index.ts",
        "distributed/index.node": "src/distributed/index.node.ts",
        "io/index": "src/io/index.ts",
        "io/index.node": "src/io/index.node.ts",
        "keras/index": "src/keras/index.ts",
        "nn/index": "src/nn/index.ts",
        "onnx/index": "src/onnx/index.ts",
        stepByStep: "src/stepByStep.ts",
      },
      formats: ["es"],
      fileName: (_format, name) => `${name}.js`,
    },
    rolldownOptions: {
      external: ["webgpu", /^node:/, /^@nats-io\//],
      output: {
        chunkFileNames: "chunks/[name].js",
        codeSplitting: { groups: CHUNKS.map((chunk, i) => ({ ...chunk, priority: CHUNKS.length - i })) },
      },
    },
  },
});

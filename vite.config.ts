import { defineConfig } from "vite";
import { selfImport } from "./tools/self-import-plugin.js";
import { wgsl } from "./tools/wgsl-plugin.js";

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
      external: ["webgpu", /^node:/],
      output: {
        chunkFileNames: "chunks/[name].js",
      },
    },
  },
});

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
        "nn/index": "src/nn/index.ts",
        stepByStep: "src/stepByStep.ts",
      },
      formats: ["es"],
      fileName: (_format, name) => `${name}.js`,
    },
    rolldownOptions: {
      external: ["webgpu", /^node:/],
      output: {
        chunkFileNames: "chunks/[name].js",
        // Alike beside alike: so they stay when an app bundles them, and compress the better.
        codeSplitting: {
          groups: [
            { name: "shaders", test: /\.wgsl$/ },
            // Asked for by dropout and by its twin, which is loaded later: an app without dropout has it there.
            { name: "random", test: /\/src\/random/ },
            // Not what is loaded when it is asked for: each of these is a chunk of its own.
            {
              name: "core",
              test: /\/src\/(?!autograd|autotune|calledStep|cpu\/|explain\.|index|io\/|measure|nn\/|numerics|profile|reference|step|tuningCheck|validation|webgpu\/profiler|.*\.node\.)/,
            },
          ],
        },
      },
    },
  },
});

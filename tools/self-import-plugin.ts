import { fileURLToPath } from "node:url";
import type { Plugin } from "vite";

/** The `exports` of package.json, with src/ in place of dist/. */
const sources: Readonly<Record<string, { readonly node: string; readonly browser: string }>> = {
  "webgpu-cnn": { node: "src/index.node.ts", browser: "src/index.ts" },
  "webgpu-cnn/distributed": { node: "src/distributed/index.node.ts", browser: "src/distributed/index.ts" },
  "webgpu-cnn/io": { node: "src/io/index.node.ts", browser: "src/io/index.ts" },
  "webgpu-cnn/keras": { node: "src/keras/index.ts", browser: "src/keras/index.ts" },
  "webgpu-cnn/nn": { node: "src/nn/index.ts", browser: "src/nn/index.ts" },
  "webgpu-cnn/onnx": { node: "src/onnx/index.ts", browser: "src/onnx/index.ts" },
  "webgpu-cnn/step-by-step": { node: "src/stepByStep.ts", browser: "src/stepByStep.ts" },
};

/** Tests, demos and benchmarks import this package by its public names. They get its sources, in Node and in a page. */
export function selfImport(): Plugin {
  return {
    name: "self-import",
    enforce: "pre",
    resolveId(id) {
      const source = sources[id];
      if (!source) return undefined;
      const file = this.environment.config.consumer === "server" ? source.node : source.browser;
      return fileURLToPath(new URL(`../${file}`, import.meta.url));
    },
  };
}

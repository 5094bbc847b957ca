import { fileURLToPath } from "node:url";
import { defineConfig } from "vite";
import { mnist } from "../tools/mnist-plugin.js";
import { selfImport } from "../tools/self-import-plugin.js";
import { wgsl } from "../tools/wgsl-plugin.js";

/** The page: `npm run demo` serves it, `npm run build:demo` writes files that work from any folder of any server. */
export default defineConfig({
  root: fileURLToPath(new URL(".", import.meta.url)),
  base: "./",
  plugins: [wgsl(), selfImport(), mnist()],
  worker: { format: "es", plugins: () => [wgsl(), selfImport()] },
  // Its sources import the library's, which lie beside it.
  server: { fs: { allow: [".."] } },
  build: { target: "es2023", outDir: "../dist-demo", emptyOutDir: true },
});

import { fileURLToPath } from "node:url";
import { defineConfig } from "vite";
import { pageData } from "../tools/page-data-plugin.js";
import { selfImport } from "../tools/self-import-plugin.js";
import { wgsl } from "../tools/wgsl-plugin.js";

/** With these, WebAssembly may use threads. A server without them is enough: then there is one. */
const ISOLATED = { "Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Embedder-Policy": "require-corp" };

/** The page: `npm run demo` serves it, `npm run build:demo` writes files that work from any folder of any server. */
export default defineConfig({
  root: fileURLToPath(new URL(".", import.meta.url)),
  base: "./",
  plugins: [wgsl(), selfImport(), pageData()],
  worker: { format: "es", plugins: () => [wgsl(), selfImport(), pageData()] },
  // Its sources import the library's, which lie beside it.
  server: { fs: { allow: [".."] }, headers: ISOLATED },
  preview: { headers: ISOLATED },
  build: { target: "es2023", outDir: "../dist-demo", emptyOutDir: true },
});

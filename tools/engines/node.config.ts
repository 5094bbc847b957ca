import { fileURLToPath } from "node:url";
import { defineConfig } from "vite";
import { selfImport } from "../self-import-plugin.js";
import { wgsl } from "../wgsl-plugin.js";

/** Bundles test/engines for Node. */
export default defineConfig({
  root: fileURLToPath(new URL("../../test/engines", import.meta.url)),
  plugins: [wgsl(), selfImport()],
  publicDir: false,
  build: { target: "es2023", minify: false, ssr: "node.ts", emptyOutDir: true },
});

import { fileURLToPath } from "node:url";
import { defineConfig } from "vite";
import { selfImport } from "../self-import-plugin.js";
import { wgsl } from "../wgsl-plugin.js";

/** Bundles test/engines for a page. Its files work from any folder of a server. */
export default defineConfig({
  root: fileURLToPath(new URL("../../test/engines", import.meta.url)),
  base: "./",
  plugins: [wgsl(), selfImport()],
  publicDir: false,
  build: { target: "es2023", minify: false, emptyOutDir: true },
});

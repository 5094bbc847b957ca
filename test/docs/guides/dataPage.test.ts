import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "vite";
import { expect, test } from "vitest";
import { existing } from "../../../src/core/objects.js";
import { selfImport } from "../../../tools/self-import-plugin.js";
import { wgsl } from "../../../tools/wgsl-plugin.js";
import { withPage } from "../../support/page.js";
import { blocksOf, root } from "../support/pages.js";
import { picturesOf } from "../support/pictures.js";

test("the page that trains on a visitor's pictures learns to tell two kinds of pictures apart", async () => {
  const page = existing(blocksOf("docs/guides/data.md").find(({ language }) => language === "html"));
  const folder = mkdtempSync(join(tmpdir(), "webgpu-cnn-"));
  writeFileSync(join(folder, "index.html"), page.code);
  await build({
    configFile: false,
    root: folder,
    base: "./",
    logLevel: "error",
    plugins: [wgsl(), selfImport()],
    resolve: {
      alias: [
        { find: /^webgpu-cnn$/, replacement: join(root, "src/index.ts") },
        { find: /^webgpu-cnn\/(\w+)$/, replacement: join(root, "src/$1/index.ts") },
      ],
    },
    build: { target: "es2022" },
  });
  try {
    await withPage(join(folder, "dist"), async (tab) => {
      const failures: string[] = [];
      tab.on("pageerror", ({ message }) => failures.push(message));
      await tab.setInputFiles("#files:enabled", [...picturesOf("cat", "tomato", 8), ...picturesOf("dog", "navy", 8)]);
      await expect.poll(() => tab.textContent("#result"), { timeout: 60_000 }).toMatch(/^accuracy (1|0\.9\d*)$/);
      expect(failures).toEqual([]);
    });
  } finally {
    rmSync(folder, { recursive: true });
  }
});

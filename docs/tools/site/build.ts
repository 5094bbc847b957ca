/**
 * Writes the documentation site, with the demo page in it: node tools/run.mjs docs/tools/site/build.ts [FOLDER]
 * The files work from any folder of any server.
 */
import { rmSync } from "node:fs";
import { join, resolve } from "node:path";
import { build } from "vitepress";
import { writeApi } from "./api.js";
import { moveIndexPages } from "./indexPages.js";
import { writeParts } from "./parts.js";
import { makeRelative, PLACEHOLDER } from "./relative/makeRelative.js";
import { root } from "./root.js";

const folder = resolve(process.argv[2] ?? join(root, "dist-docs"));
rmSync(folder, { recursive: true, force: true });
await writeApi();
await build(join(root, "docs"), { outDir: folder, base: PLACEHOLDER });
await moveIndexPages(folder);
await makeRelative(folder);
await writeParts(folder);

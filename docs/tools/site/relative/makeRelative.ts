import { readFile, writeFile } from "node:fs/promises";
import { dirname, join, posix } from "node:path";
import { filesOf } from "../filesOf.js";
import { relativePage } from "./page.js";
import { PLACEHOLDER } from "./placeholder.js";
import { relativeScript } from "./script.js";

export { PLACEHOLDER };

/**
 * Makes the files of a site that was built for the address PLACEHOLDER work at any address. VitePress itself wants to know the address.
 *
 * @throws Error if an address is left that it cannot change
 */
export async function makeRelative(folder: string): Promise<void> {
  for (const path of await filesOf(folder)) {
    if (!/\.(?:html|js|css|txt|md|json|xml)$/.test(path)) continue;
    const text = await readFile(join(folder, path), "utf8");
    if (!text.includes(PLACEHOLDER) && path !== "llms.txt") continue;
    const changed = relativeText(path, text);
    if (changed.includes(PLACEHOLDER)) throw new Error(`${path}: an address is left that starts with ${PLACEHOLDER}`);
    await writeFile(join(folder, path), changed);
  }
}

function relativeText(path: string, text: string): string {
  const up = posix.relative(dirname(path), "") === "" ? "./" : `${posix.relative(dirname(path), "")}/`;
  if (path.endsWith(".html")) return relativePage(path, text, up);
  if (path.endsWith(".js")) return relativeScript(path, text, up);
  // The plugin that writes this file does not know the site's address.
  if (path === "llms.txt") return text.replaceAll("](/", "](./");
  return text.replaceAll(PLACEHOLDER, up);
}

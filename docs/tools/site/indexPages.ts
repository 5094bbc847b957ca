import { readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { filesOf } from "./filesOf.js";

/**
 * The plugin for llms.txt writes the Markdown of guides/index.md as guides.md, where its links lead nowhere. This moves it to guides/index.md,
 * and changes the links to it.
 */
export async function moveIndexPages(folder: string): Promise<void> {
  const files = await filesOf(folder);
  const names = files
    .filter((path) => path.endsWith("/index.html"))
    .map((path) => path.replace(/\/index\.html$/, ""))
    .filter((name) => files.includes(`${name}.md`));
  for (const name of names) await rename(join(folder, `${name}.md`), join(folder, name, "index.md"));
  const links = names.map((name) => [`/${name}.md`, `/${name}/index.md`] as const);
  const texts = [...names.map((name) => `${name}/index.html`), "llms.txt", "llms-full.txt"];
  for (const path of texts) {
    const text = await readFile(join(folder, path), "utf8");
    // The link ends in a bracket, a quotation mark, or at the end of its line.
    const changed = links.reduce(
      (before, [from, to]) => before.replaceAll(new RegExp(`${from}(?=[)"\n])`, "g"), to),
      text,
    );
    await writeFile(join(folder, path), changed);
  }
}

import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { expect, test } from "vitest";
import { root } from "./support/pages.js";

/** The pages that GitHub and npm show too. The site checks its own links after it is built. */
const PAGES = [
  "README.md",
  ...["docs", "docs/guides", "docs/internals", "docs/internals/adr", "docs/examples"].flatMap(pagesIn),
];

function pagesIn(folder: string): readonly string[] {
  const names = existsSync(join(root, folder)) ? readdirSync(join(root, folder)) : [];
  return names.filter((name) => name.endsWith(".md")).map((name) => `${folder}/${name}`);
}

/** The headings of a page as GitHub and VitePress write them in addresses. */
function anchorsOf(page: string): readonly string[] {
  const text = readFileSync(join(root, page), "utf8").replaceAll(/^```[\s\S]*?^```$/gm, "");
  const titles = [...text.matchAll(/^#+ (.*)$/gm)].map(([, title = ""]) => title.toLowerCase());
  return titles.map((title) => title.replaceAll(/[^\p{L}\p{N} _-]/gu, "").replaceAll(" ", "-"));
}

test.each(PAGES)("the links of %s lead to a file and a heading", (page) => {
  const text = readFileSync(join(root, page), "utf8").replaceAll(/^```[\s\S]*?^```$/gm, "");
  const dead = [...text.matchAll(/\]\((?![a-z]+:)([^)#\s]*)(?:#([^)\s]+))?\)/g)].filter(([, path = "", anchor]) => {
    const target = path === "" ? page : path.startsWith("/") ? path : normalize(join(dirname(page), path));
    // TypeDoc writes the pages of api, and the build of the site puts the demo beside them.
    if (/^(docs\/api\/|\/demo\/)/.test(target)) return false;
    if (!existsSync(join(root, target))) return true;
    return anchor !== undefined && target.endsWith(".md") && !anchorsOf(target).includes(anchor);
  });
  expect(dead.map(([link]) => link)).toEqual([]);
});

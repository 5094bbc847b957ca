import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { dirname, join, posix, sep } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { BUILD_LIMIT, builtSite, writtenPages } from "./support/site.js";

let folder: string;
/** The text of each page of the site, by its path. */
let pages: Map<string, string>;
beforeAll(async () => {
  folder = await builtSite();
  pages = new Map(filesWith(".html").map((path) => [path, readFileSync(join(folder, path), "utf8")]));
}, BUILD_LIMIT);

const filesWith = (ending: string) =>
  readdirSync(folder, { recursive: true, encoding: "utf8" })
    .map((path) => path.split(sep).join("/"))
    .filter((path) => path.endsWith(ending));

const decoded = (text: string) =>
  text.replaceAll("&quot;", '"').replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&");

const valuesOf = (html: string, attribute: string) =>
  [...html.matchAll(new RegExp(`<[^>]*?\\s${attribute}="([^"]*)"`, "g"))].map(([, value = ""]) => decoded(value));

/** Where a link of a page leads: a file of the site and a place in it. Undefined if it leaves the site. */
function targetOf(page: string, link: string): { readonly file: string; readonly place: string } | undefined {
  if (/^(?:[a-z]+:|\/\/)/.test(link)) return undefined;
  const [path = "", place = ""] = link.split("#");
  const file = path === "" ? page : posix.join(posix.dirname(page), decodeURIComponent(path));
  const isFolder = file === "." || file.endsWith("/");
  return { file: isFolder ? posix.join(file, "index.html") : file, place: decodeURIComponent(place) };
}

const isFile = (path: string) => existsSync(join(folder, path)) && statSync(join(folder, path)).isFile();

test("every link and every picture has its file, wherever the site lies, and a link to a place finds it", () => {
  const places = new Map(Array.from(pages, ([path, html]) => [path, new Set(valuesOf(html, "id"))]));
  const broken: string[] = [];
  for (const [page, html] of pages) {
    for (const link of new Set([...valuesOf(html, "href"), ...valuesOf(html, "src")])) {
      const target = targetOf(page, link);
      if (!target) continue;
      const { file, place } = target;
      const isThere = !link.startsWith("/") && isFile(file) && (place === "" || places.get(file)?.has(place));
      if (!isThere) broken.push(`${page} → ${link}`);
    }
  }
  expect(broken).toEqual([]);
  expect(pages.size).toBeGreaterThan(writtenPages().length);
});

test("every page can be reached from the first", () => {
  const reached = new Set(["index.html"]);
  for (const page of reached) {
    for (const link of valuesOf(pages.get(page) ?? "", "href")) {
      const file = targetOf(page, link)?.file;
      if (file !== undefined && pages.has(file)) reached.add(file);
    }
  }
  expect([...pages.keys()].filter((path) => !reached.has(path))).toEqual(["404.html"]);
});

test("nothing is loaded from elsewhere", () => {
  const loaded = Array.from(pages.values()).flatMap((html) => [
    ...valuesOf(html, "src"),
    ...[...html.matchAll(/<link [^>]*href="([^"]*)"/g)].map(([, link = ""]) => link),
  ]);
  expect(loaded.length).toBeGreaterThan(pages.size);
  expect(loaded.filter((link) => /^(?:https?:|\/\/)/.test(link))).toEqual([]);
});

test("llms.txt has a link to each page of the guides, and each link has a file", () => {
  const text = readFileSync(join(folder, "llms.txt"), "utf8");
  const links = [...text.matchAll(/\]\(([^)]+)\)/g)].map(([, link = ""]) => link);
  expect(links.filter((link) => !isFile(link))).toEqual([]);
  const guides = writtenPages().filter((page) => page.startsWith("guides/"));
  expect(guides.length).toBeGreaterThan(5);
  expect(guides.filter((page) => !links.includes(`./${page}.md`))).toEqual([]);
});

test("links of the pages for language models have their file, too", () => {
  const broken = filesWith(".md").flatMap((page) => {
    const text = readFileSync(join(folder, page), "utf8").replaceAll(/^```[\s\S]*?^```|`[^`\n]*`/gm, "");
    return [...text.matchAll(/\]\(([^)#\s:]+\.md)(?:#[^)]*)?\)/g)]
      .map(([, link = ""]) => link)
      .filter((link) => !isFile(join(dirname(page), link)))
      .map((link) => `${page} → ${link}`);
  });
  expect(broken).toEqual([]);
});

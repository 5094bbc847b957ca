import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { LinkChecker } from "linkinator";
import { afterAll, beforeAll, expect, test } from "vitest";
import { StaticServer } from "./support/server.js";
import { builtSite, writtenPages } from "./support/site.js";

let folder: string;
let server: StaticServer;
beforeAll(async () => {
  folder = await builtSite();
  server = await StaticServer.start(folder);
});
afterAll(() => server?.stop());

test("every link leads somewhere, also to a place within a page, and every page can be reached", async () => {
  const { links } = await new LinkChecker().check({
    path: `${server.url}index.html`,
    recurse: true,
    checkFragments: true,
    concurrency: 20,
    // A test has no other hosts than its own.
    linksToSkip: async (link) => !link.startsWith(server.url),
  });
  const broken = links.filter(({ state }) => state === "BROKEN");
  expect(broken.map(({ url, parent, status }) => `${parent} → ${url} (${status})`)).toEqual([]);
  const reached = new Set(links.map(({ url }) => url.replace(/#.*/, "").replace(/\/$/, "/index.html")));
  const pages = readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((path) => path.endsWith(".html") && path !== "404.html")
    .map((path) => server.url + path);
  expect(pages.filter((page) => !reached.has(page))).toEqual([]);
  expect(pages.length).toBeGreaterThanOrEqual(writtenPages().length);
});

test("llms.txt has a link to each page of the guides, and each link has a file", () => {
  const links = [...readFileSync(join(folder, "llms.txt"), "utf8").matchAll(/\]\(([^)]+)\)/g)].map(
    ([, link = ""]) => link,
  );
  expect(links.filter((link) => !existsSync(join(folder, link)))).toEqual([]);
  const guides = writtenPages().filter((page) => page.startsWith("guides/"));
  expect(guides.length).toBeGreaterThan(5);
  expect(guides.filter((page) => !links.includes(`./${page}.md`))).toEqual([]);
});

test("links in the pages for language models have a file, too", () => {
  const pages = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((path) => path.endsWith(".md"));
  const broken = pages.flatMap((page) => {
    const text = readFileSync(join(folder, page), "utf8").replaceAll(/^```[\s\S]*?^```|`[^`\n]*`/gm, "");
    return [...text.matchAll(/\]\(([^)#\s:]+\.md)(?:#[^)]*)?\)/g)]
      .map(([, link = ""]) => link)
      .filter((link) => !existsSync(join(folder, dirname(page), link)))
      .map((link) => `${page} → ${link}`);
  });
  expect(broken).toEqual([]);
});

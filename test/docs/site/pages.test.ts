import { readdirSync } from "node:fs";
import { join } from "node:path";
import type { Page } from "playwright";
import { beforeAll, expect, test } from "vitest";
import { addAxe, violations } from "../../support/axe.js";
import { isFull } from "../../support/sampling.js";
import { BUILD_LIMIT, builtSite, siteTests, writtenPages } from "./support/site.js";

const { open, newPage, show } = siteTests();

const WIDTHS = [360, 768, 1280];
/** All pages take long. */
const MINUTES = isFull ? 20 : 5;
/** Two pages at a time: as many as a small machine has cores. */
const TOGETHER = 2;
/** Pages differ in their text, not in their frame. So a run of few of them, made often, finds as much as one of all. */
const ONE_IN = isFull ? 1 : 5;
const API_PAGES = isFull ? 12 : 3;

let paths: string[];
beforeAll(async () => {
  const api = readdirSync(join(await builtSite(), "api"), { recursive: true, encoding: "utf8" })
    .filter((path) => path.endsWith(".html"))
    .map((path) => `api/${path.replace(/\.html$/, "")}`);
  expect(api.length).toBeGreaterThan(0);
  const some = (list: readonly string[], step: number) => list.filter((_, i) => i % step === 0);
  paths = [...some(writtenPages(), ONE_IN), ...some(api, Math.ceil(api.length / API_PAGES))];
}, BUILD_LIMIT);

test("axe has no complaint, in light and in dark, and no page is wider than its window", {
  timeout: MINUTES * 60_000,
}, async () => {
  const found: string[] = [];
  const waiting = [...paths];
  const work = async () => {
    const page = await newPage();
    for (let path = waiting.shift(); path !== undefined; path = waiting.shift()) {
      for (const fault of await faults(page, path)) found.push(`${path}: ${fault}`);
    }
  };
  await Promise.all(Array.from({ length: TOGETHER }, work));
  expect(found).toEqual([]);
});

async function faults(page: Page, path: string): Promise<string[]> {
  const found: string[] = [];
  await show(page, path);
  await addAxe(page);
  for (const colorScheme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme });
    await expect.poll(() => isDark(page)).toBe(colorScheme === "dark");
    found.push(...(await violations(page)).map((each) => `${colorScheme}: ${each}`));
  }
  for (const width of WIDTHS) {
    await page.setViewportSize({ width, height: 900 });
    const shown = await page.evaluate(() => document.documentElement.scrollWidth);
    if (shown > width) found.push(`at ${width}: the page is ${shown} wide`);
  }
  return found;
}

const isDark = (page: Page) => page.evaluate(() => document.documentElement.classList.contains("dark"));

test("each page is in the sidebar, with its own title", async () => {
  const page = await open("glossary");
  const links = await page.locator(".VPSidebar a").evaluateAll((each) => each.map((a) => a.getAttribute("href") ?? ""));
  const pages = new Set(
    links.map((link) =>
      link
        .replace(/^.*\/some\/folder\//, "")
        .replace(/(^|\/)$/, "$1index")
        .replace(/\.html$/, ""),
    ),
  );
  expect(writtenPages().filter((path) => !pages.has(path))).toEqual([]);
});

test("on a phone, the menus open and lead to a page", async () => {
  const page = await open("glossary", { viewport: { width: 390, height: 844 } });
  await page.getByRole("button", { name: "mobile navigation" }).click();
  await page.locator(".VPNavScreen").getByRole("link", { name: "Guides" }).click();
  await expect.poll(() => page.title()).toContain("Training");
  await page.getByRole("button", { name: "Menu", exact: true }).click();
  await page.locator(".VPSidebar").getByRole("link", { name: "Glossary" }).click();
  await expect.poll(() => page.title()).toContain("Glossary");
});

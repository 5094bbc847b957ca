import { expect, test } from "vitest";
import { siteTests } from "./support/site.js";

const { open, newPage, url } = siteTests();

test("links within the site change the page without loading it again, from any depth to any other", async () => {
  const page = await open("guides/training");
  await page.evaluate(() => document.body.setAttribute("data-first", ""));
  const title = page.locator("main h1");
  const follow = async (name: string, address: string, heading: string) => {
    await page.locator(".VPSidebar").getByRole("link", { name, exact: true }).click();
    await expect.poll(() => page.url()).toBe(url() + address);
    await expect.poll(() => title.innerText()).toContain(heading);
  };
  await follow("Glossary", "glossary.html", "Glossary");
  await follow("Training", "guides/training.html", "Training");
  await follow("Performance", "performance.html", "Performance");
  await page.locator("header a.title").click();
  await expect.poll(() => page.url()).toBe(url());
  await page.goBack();
  await expect.poll(() => title.innerText()).toContain("Performance");
  await expect.poll(() => page.locator("body[data-first]").count()).toBe(1);
  await page.reload();
  await expect.poll(() => title.innerText()).toContain("Performance");
});

test("a link to a place within a page scrolls there, after a reload too", async () => {
  const page = await open("guides/training");
  const heading = page.locator("main h2").last();
  const name = await heading.getAttribute("id");
  const top = () => heading.evaluate((each) => Math.abs(each.getBoundingClientRect().top) < 200);
  await page.goto(`${url()}guides/training.html#${name}`);
  await expect.poll(top).toBe(true);
  await page.reload();
  await expect.poll(top).toBe(true);
});

test("search finds a page by a word in its text", async () => {
  const page = await open("guides/training");
  await page.keyboard.press("Control+k");
  await page.locator(".VPLocalSearchBox input").fill("row-major");
  const first = page.locator(".VPLocalSearchBox .results a").first();
  await expect.poll(() => first.count()).toBe(1);
  await first.click();
  await expect.poll(() => page.url()).toMatch(/\.html#/);
  await expect.poll(() => page.locator("main").innerText()).toMatch(/row-major/i);
});

test.each([
  ["leak", "Find a leak: why memory grows"],
  ["out of memory", "OutOfMemoryError"],
  ["learning rate schedule", "Schedule"],
  ["conv2d", "conv2d"],
])("search for %j shows %j among the first three", async (words, title) => {
  const page = await open("guides/training");
  await page.keyboard.press("Control+k");
  await page.locator(".VPLocalSearchBox input").fill(words);
  const titles = page.locator(".VPLocalSearchBox .results .title.main");
  await expect.poll(async () => (await titles.allInnerTexts()).slice(0, 3)).toContain(title);
});

test("an address without a page shows so, with the way to others", async () => {
  const page = await newPage();
  // The console names the missing file, and the folders in which the page looks for the site.
  page.removeAllListeners("console");
  const answer = await page.goto(`${url()}guides/deeper/nowhere.html`);
  expect(answer?.status()).toBe(404);
  await page.getByText("PAGE NOT FOUND").waitFor();
  await page.getByRole("navigation").getByRole("link", { name: "Guides" }).click();
  await expect.poll(() => page.url()).toBe(`${url()}guides/training.html`);
  await expect.poll(() => page.locator("main h1").innerText()).toContain("Training");
});

test("the demo is a part of the site", async () => {
  const page = await open("glossary");
  await page.getByRole("navigation").getByRole("link", { name: "Demo" }).click();
  await page.waitForSelector("[data-device]");
  expect(page.url()).toBe(`${url()}demo/index.html`);
});

test("the choice of light or dark stays", async () => {
  const page = await open("glossary", { colorScheme: "light" });
  await page.locator(".VPNavBarAppearance button").click();
  const dark = () => page.evaluate(() => document.documentElement.classList.contains("dark"));
  await expect.poll(dark).toBe(true);
  await page.reload();
  await expect.poll(dark).toBe(true);
});

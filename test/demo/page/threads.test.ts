import type { Page } from "playwright";
import { expect, test } from "vitest";
import { pageTests } from "../support/page.js";

const { open } = pageTests();

/** All curves, scores and titles that are on the page, in words. */
const said = (page: Page) =>
  page.evaluate(() => [
    document.querySelector("h1")?.textContent,
    ...Array.from(document.querySelectorAll(".chart"), (chart) => chart.getAttribute("aria-label")),
    document.querySelector(".picture")?.textContent,
  ]);

test("a page that may use threads uses them, and shows the same numbers as one that may not", async () => {
  const seen: Awaited<ReturnType<typeof said>>[] = [];
  for (const isolated of [true, false]) {
    const page = await open("compute=wasm&steps=12", { isolated });
    await expect.poll(() => page.evaluate(() => crossOriginIsolated)).toBe(isolated);
    await page.waitForSelector("[data-activity=paused]");
    await expect.poll(() => page.textContent("h1")).toMatch(/reads/);
    const device = page.getByText(/^On WebAssembly/);
    const cores = await page.evaluate(() => navigator.hardwareConcurrency);
    await expect.poll(() => device.textContent()).toMatch(isolated && cores > 1 ? /\d threads/ : /one thread/);
    seen.push(await said(page));
  }
  const [threads, alone] = seen;
  expect(threads?.length).toBeGreaterThanOrEqual(4);
  expect(threads?.join()).toMatch(/in step 12/);
  expect(threads?.map(withoutTime)).toEqual(alone?.map(withoutTime));
});

/** How long it took differs. */
const withoutTime = (text: string | null | undefined) => text?.replace(/^After .* it/, "");

import type { Page } from "playwright";
import { describe, expect, test } from "vitest";
import { parseSettings } from "../../../demo/page/settings/notation.js";
import { pageTests } from "../support/page.js";

const { open } = pageTests();

const waitFor = (page: Page, place: string) => page.waitForSelector(`[data-shown="${place}"]`);
const animations = (page: Page) =>
  page.evaluate(() => document.getAnimations().filter(({ playState }) => playState === "running").length);

test("who goes to another layer and back comes to the same cell", async () => {
  const page = await open("room=inside&compute=wasm&cell=15-13&map=2");
  await waitFor(page, "z1 2 15 13");
  const strip = page.getByRole("navigation", { name: "Stations" });
  await strip.getByRole("button", { name: "Pool 2" }).click();
  await waitFor(page, "p2 2 2 2");
  await strip.getByRole("button", { name: "Dense" }).click();
  await waitFor(page, "scores 2");
  await strip.getByRole("button", { name: "Conv 1" }).click();
  await waitFor(page, "z1 2 15 13");
  for (const name of ["ReLU 1 ›", "Pool 1 ›", "Conv 2 ›"]) await page.getByRole("button", { name }).click();
  await waitFor(page, "z2 2 5 4");
  for (const name of ["‹ Pool 1", "‹ ReLU 1", "‹ Conv 1"]) await page.getByRole("button", { name }).click();
  await waitFor(page, "z1 2 15 13");
  // A cell that is chosen on the way is the new one.
  await strip.getByRole("button", { name: "Pool 1" }).click();
  await waitFor(page, "p1 2 7 6");
  await page.keyboard.press("ArrowRight");
  await waitFor(page, "p1 2 7 7");
  await strip.getByRole("button", { name: "Conv 1" }).click();
  await waitFor(page, "z1 2 15 15");
});

test("products come in turn, and keys are heard meanwhile", async () => {
  const page = await open("room=inside&compute=wasm&cell=14-14");
  await waitFor(page, "z1 0 14 14");
  await expect.poll(() => page.locator(".in-turn").count()).toBe(0);
  await page.keyboard.press("ArrowRight");
  await waitFor(page, "z1 0 14 15");
  await expect.poll(() => page.locator("tbody.in-turn, .sums.in-turn").count()).toBe(2);
  for (let n = 0; n < 4; n++) await page.keyboard.press("ArrowDown");
  await waitFor(page, "z1 0 18 15");
  await expect.poll(() => animations(page)).toBe(0);
  const opacities = await page
    .locator(".in-turn td, .in-turn p")
    .evaluateAll((all) => [...new Set(all.map((element) => getComputedStyle(element).opacity))]);
  expect(opacities).toEqual(["1"]);
});

test("a clicked map grows into its place, at its own cell", async () => {
  const page = await open("compute=wasm&cell=20-8&guide=2");
  const grown = await page.evaluateHandle(() => {
    const names: string[] = [];
    const start = document.startViewTransition.bind(document);
    document.startViewTransition = (update) => {
      names.push(...[...document.querySelectorAll<HTMLElement>("[data-map]")].map((m) => m.style.viewTransitionName));
      return start(update);
    };
    return names;
  });
  await page.locator('[role=group][aria-label*="p"] [data-map="3"]').last().click();
  await page.waitForSelector("[data-shown]");
  await expect.poll(() => parseSettings(new URL(page.url()).hash).guide).toBe(0);
  await expect.poll(async () => (await grown.jsonValue()).filter(Boolean)).toEqual(["shown-map"]);
  await page.keyboard.press("ArrowRight");
  await expect.poll(() => animations(page)).toBe(0);
});

describe("without motion", () => {
  test("everything is where it ends at once", async () => {
    const page = await open("compute=wasm&cell=14-14", { reducedMotion: "reduce" });
    await page.evaluate(() => {
      document.startViewTransition = () => {
        throw new Error("moves");
      };
    });
    let moving = 0;
    await page.locator('[data-map="1"]').first().click();
    await page.waitForSelector("[data-shown]");
    await page.keyboard.press("ArrowRight");
    await page.waitForSelector('[data-shown$=" 15"]');
    moving += await animations(page);
    await page.getByRole("navigation", { name: "Stations" }).getByRole("button", { name: "Pool 1" }).click();
    await page.waitForSelector('[data-shown^="p1"]');
    await page.keyboard.press("ArrowRight");
    await page.waitForSelector('[data-shown^="p1"]');
    moving += await animations(page);
    expect(moving).toBe(0);
  });
});

test.each([
  [390, 700],
  [360, 640],
  [1280, 600],
])("at %i × %i the bar of steps is one line, and the last lines come out from under it", async (width, height) => {
  const page = await open("room=inside&compute=wasm&cell=14-14", { viewport: { width, height } });
  await waitFor(page, "z1 0 14 14");
  expect((await page.locator(".step-bar").boundingBox())?.height).toBeLessThanOrEqual(64);
  // What the filter answers to comes a moment later, and makes the room longer.
  const covered = async () => {
    await page.evaluate(() => scrollTo(0, document.body.scrollHeight));
    const [bar, notes] = await Promise.all([".step-bar", ".notes"].map((name) => page.locator(name).boundingBox()));
    return (notes?.y ?? 0) + (notes?.height ?? 0) - (bar?.y ?? 0);
  };
  await expect.poll(covered).toBeLessThanOrEqual(0);
});

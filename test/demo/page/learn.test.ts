import type { Page } from "playwright";
import { describe, expect, test } from "vitest";
import { pageTests } from "../support/page.js";

const { open } = pageTests();

/** A software adapter of a busy machine takes long for its first steps and 2,000 digits. */
const FIRST_TEST = { timeout: 120_000 };

describe.each(["wasm", "webgpu"])("a network learns before your eyes: %s", (compute) => {
  test("it begins with a guess, and learns", async () => {
    const page = await open(`compute=${compute}`);
    await expect.poll(() => page.getAttribute("[data-device]", "data-device")).toBe(compute);
    await page.getByRole("button", { name: "Train" }).click();
    await expect
      .poll(() => page.textContent("h1"), FIRST_TEST)
      .toMatch(/^After .* it reads \d+(\.\d)?\s% of unseen digits/);
    await page.getByRole("button", { name: "Pause" }).click();
    await expect.poll(() => page.getByRole("button", { name: "Go on" }).count()).toBe(1);
  });
});

/** Keeps each title with the line below it. */
async function followTitle(page: Page): Promise<() => Promise<string[]>> {
  await page.evaluate(() => {
    const title = document.querySelector(".learn-title");
    const said: string[] = [];
    const read = () => {
      const now = [...(title?.children ?? [])].slice(0, 2).map((part) => part.textContent);
      if (now.join(" | ") !== said.at(-1)) said.push(now.join(" | "));
    };
    if (title) new MutationObserver(read).observe(title, { childList: true, characterData: true, subtree: true });
    read();
    Object.assign(window, { said });
  });
  return () => page.evaluate("said");
}

/** A network that has looked at pictures does not guess, and one that has not has no result. */
function expectTrue(titles: readonly string[]): void {
  const wrong = titles.filter((title) => /guesses/.test(title) === /has looked at/.test(title));
  expect(wrong.filter((title) => !/begins|repeats|is on its way|before your eyes/.test(title))).toEqual([]);
}

test("the title is true while the network changes and learns on", async () => {
  const page = await open("compute=wasm");
  const titles = await followTitle(page);
  await page.getByRole("button", { name: "Train" }).click();
  await expect.poll(() => page.textContent("h1")).toMatch(/^After/);
  await page.getByLabel("Recipe").selectOption("Tiny");
  await expect.poll(async () => (await titles()).some((title) => /begins/.test(title))).toBe(true);
  await expect.poll(() => page.textContent("h1")).toMatch(/^After/);
  await page.getByRole("button", { name: "Start over" }).click();
  await expect.poll(async () => (await titles()).filter((title) => /begins/.test(title)).length).toBeGreaterThan(1);
  await page.getByLabel("Data").selectOption("Clothing");
  await expect.poll(() => page.textContent("h1")).toMatch(/^After .* recognizes .* of unseen clothing/);
  expectTrue(await titles());
});

test.each(["wasm", "webgpu"])(
  "a step that is asked for just after a change is a step of the new network: %s",
  async (compute) => {
    const page = await open(`compute=${compute}`);
    await page.waitForSelector("[data-activity=paused]");
    // Before the page is drawn anew, let alone the worker has made the network.
    await page.evaluate(() => {
      const batch = document.querySelector<HTMLSelectElement>("select[aria-label=Batch]");
      if (batch) batch.value = "0";
      batch?.dispatchEvent(new Event("change", { bubbles: true }));
      return Promise.resolve().then(() => {
        for (const button of document.querySelectorAll<HTMLElement>(".go button"))
          if (button.textContent === "Step") button.click();
      });
    });
    await expect.poll(() => page.textContent("h1"), FIRST_TEST).toMatch(/it reads/);
    await expect
      .poll(() => page.textContent(".learn-title .quiet"))
      .toContain("8 handwritten digits in each of 1 step.");
  },
);

test("what a link asks for can be left on the way, in Inside too", async () => {
  const inside = await open("compute=wasm&steps=90000&room=inside");
  await inside.getByRole("button", { name: "Pause, and look at it now" }).click();
  await inside.getByRole("button", { name: /^Train it/ }).waitFor();
  await inside.close();
  const page = await open("compute=wasm&steps=90000");
  await page.waitForSelector('[data-activity="catching up"]');
  await expect.poll(() => page.textContent("h1")).toBe("It repeats its first 90,000 steps");
  await expect.poll(() => page.textContent(".learn-title .quiet")).toMatch(/^It is at step .* Pause leaves it there/);
  await page.getByRole("button", { name: "Pause" }).click();
  await page.waitForSelector("[data-activity=paused]");
  await expect.poll(() => page.textContent("h1")).toMatch(/it reads/);
  await expect.poll(() => Number(/steps=(\d+)/.exec(page.url())?.[1])).toBeLessThan(90_000);
  await page.getByRole("button", { name: "Go on" }).click();
  await page.waitForSelector("[data-activity=running]");
});

test("on a phone, what it says stands beside the picture, and follows it", async () => {
  const page = await open("compute=wasm&steps=60", { viewport: { width: 390, height: 844 }, hasTouch: true });
  await page.waitForSelector("[data-activity=paused]");
  const guess = () => page.textContent(".picture .guess");
  await page.getByLabel("Look at: 1").click();
  await expect.poll(guess).toMatch(/^It says 1, \d+(\.\d)?\s%\.$/);
  await page.getByLabel("Look at: 0").click();
  await expect.poll(guess).toMatch(/^It says 0, /);
  await expect.poll(() => page.locator(".prediction .told .name").first().textContent()).toBe("0");
});

import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import type { Page } from "playwright";
import { expect, test } from "vitest";
import { ROOMS } from "../../../demo/page/settings/settings.js";
import { addAxe, violations } from "../../support/axe.js";
import { builtPage, pageTests } from "../support/page.js";

const { open } = pageTests();

const WIDTHS = [360, 390, 768, 1024, 1280, 1440, 1920];
const KILOBYTE = 1000;
/** Gzip, of all scripts of the page and of its worker. */
const MOST_SCRIPT = 350 * KILOBYTE;
const MOST_DIGITS = 3000 * KILOBYTE;

/** A button that changes what is shown, though not the address. */
const FILL = "Fill it window by window";

/** States of the rooms in which something else is shown. */
const STATES = [
  ...ROOMS.map((room) => `room=${room}`),
  "steps=3&data=fashion",
  "steps=3&blocks=3x3-same-none,16x7s2-same-average,4x3-valid-none&activation=tanh",
  "room=inside&station=z2&map=3&source=2&cell=4-4",
  "room=inside&station=p1&map=1",
  "room=inside&station=scores",
  "room=inside&direction=backward&station=z2&cell=4-4",
  "room=inside&direction=backward&station=loss&guide=2",
  `room=inside&direction=backward&station=p1&map=3&cell=7-9 ${FILL}`,
];

test("the scripts and the digits keep their budgets", async () => {
  const assets = join(await builtPage(), "assets");
  const scripts = readdirSync(assets).filter((name) => name.endsWith(".js"));
  const sizes = scripts.map((name) => gzipSync(readFileSync(join(assets, name)), { level: 9 }).length);
  const total = sizes.reduce((sum, size) => sum + size, 0);
  console.log(`scripts: ${(total / KILOBYTE).toFixed(0)} KB gzip in ${scripts.length} files`);
  expect(total).toBeLessThan(MOST_SCRIPT);
  for (const name of readdirSync(assets).filter((name) => name.endsWith(".bin"))) {
    expect(statSync(join(assets, name)).size, name).toBeLessThan(MOST_DIGITS);
  }
});

test.each(STATES)("nothing lies over something else at any width, and axe has no complaint: %s", async (state) => {
  const [address = "", fills] = state.split(` ${FILL}`);
  const page = await open(address);
  await settled(page);
  if (fills !== undefined) await page.getByRole("button", { name: FILL }).click();
  await settled(page);
  const found: string[] = [];
  for (const width of WIDTHS) {
    await page.setViewportSize({ width, height: 900 });
    await nextFrames(page);
    const shown = await page.evaluate(() => document.documentElement.scrollWidth);
    if (shown > width) found.push(`at ${width}: the page is ${shown} wide`);
    found.push(...(await faults(page)).map((fault) => `at ${width}: ${fault}`));
  }
  const looks = [
    { width: 1280, colorScheme: "light" },
    { width: 1280, colorScheme: "dark" },
    { width: 1280, forcedColors: "active" },
    { width: 360, forcedColors: "none" },
  ] as const;
  await addAxe(page);
  for (const { width, ...media } of looks) {
    // So high that no bar lies over a button.
    await page.setViewportSize({ width, height: 4000 });
    await page.emulateMedia(media);
    await nextFrames(page);
    const named = [width, ...Object.values(media)].join(" ");
    found.push(...(await violations(page)).map((violation) => `${named}: ${violation}`));
  }
  expect(found).toEqual([]);
});

test("a room looks the same after all others were visited", async () => {
  const page = await open("steps=3");
  const look = async (room: string) => {
    await page.getByRole("navigation").getByText(room, { exact: true }).click();
    await page.waitForSelector(`a[aria-current=page]:text-is("${room}")`);
    await settled(page);
    return boxes(page);
  };
  const rooms = ["Learn", "Inside", "Upscale", "Measure"];
  const first = new Map<string, unknown>();
  for (const room of rooms) first.set(room, await look(room));
  for (const room of rooms) {
    const again = await look(room);
    expect(again, room).toEqual(first.get(room));
  }
});

/** Where each element of the room lies, in whole pixels, and its colours. */
const boxes = (page: Page) =>
  page.evaluate(() =>
    Array.from(document.querySelectorAll("main *"), (element) => {
      const { x, y, width, height } = element.getBoundingClientRect();
      const { color, backgroundColor } = getComputedStyle(element);
      return [element.tagName, ...[x, y, width, height].map(Math.round), color, backgroundColor].join(" ");
    }),
  );

/** Waits until what the address asks for is shown. */
async function settled(page: Page): Promise<void> {
  await page.waitForSelector("main:not(:has(.waits))");
  await page.waitForSelector("[data-activity=paused]");
  await nextFrames(page);
}

const nextFrames = (page: Page) =>
  page.evaluate(
    () =>
      new Promise<void>((resolve) => {
        requestAnimationFrame(() => requestAnimationFrame(() => resolve()));
      }),
  );

/**
 * Texts that lie over one another or are cut, and equations that are broken. A text that is hidden on purpose (`.unseen`), or stays
 * over the page on purpose while it scrolls (`.over`), does not count.
 */
function faults(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const found: string[] = [];
    const boxes: { readonly text: string; readonly box: DOMRect; readonly element: Element }[] = [];
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      const element = node.parentElement;
      const text = node.textContent?.trim() ?? "";
      if (!element || !text || element.closest(".unseen, .over, script, style, noscript, select, math")) continue;
      if (!element.checkVisibility({ opacityProperty: true, visibilityProperty: true })) continue;
      const range = document.createRange();
      range.selectNodeContents(node);
      for (const box of range.getClientRects()) if (box.width > 1) boxes.push({ text, box, element });
    }
    const inset = 2;
    for (const [i, a] of boxes.entries()) {
      for (const b of boxes.slice(i + 1)) {
        if (a.element === b.element || isBar(a.element) !== isBar(b.element)) continue;
        const width = Math.min(a.box.right, b.box.right) - Math.max(a.box.left, b.box.left);
        const height = Math.min(a.box.bottom, b.box.bottom) - Math.max(a.box.top, b.box.top);
        if (width > inset && height > 2 * inset) found.push(`"${a.text}" lies over "${b.text}"`);
      }
    }
    for (const equation of document.querySelectorAll("math")) {
      if (!equation.checkVisibility()) continue;
      const box = equation.getBoundingClientRect();
      const around = equation.parentElement?.getBoundingClientRect();
      if (around && box.right > around.right + 1)
        found.push(`an equation is cut: ${equation.textContent?.slice(0, 60)}`);
    }
    return found;

    /** Whether a bar contains it that stays in the window while the page scrolls under it. */
    function isBar(element: Element | null): boolean {
      for (let around = element; around; around = around.parentElement) {
        if (["sticky", "fixed"].includes(getComputedStyle(around).position)) return true;
      }
      return false;
    }
  });
}

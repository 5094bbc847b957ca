import type { Page } from "playwright";
import { addAxe, violations } from "../../support/axe.js";

const WIDTHS = [360, 390, 768, 1024, 1280, 1440, 1920];

/** What is wrong with the look of what a page shows now, at every width, and what axe complains of. */
export async function faultsOf(page: Page): Promise<string[]> {
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
  return found;
}

/** Waits until the page has drawn what was changed. */
export const nextFrames = (page: Page) =>
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

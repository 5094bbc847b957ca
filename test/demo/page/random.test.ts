import type { Page } from "playwright";
import { expect, test } from "vitest";
import { mulberry32 } from "../../support/random.js";
import { isFull } from "../../support/sampling.js";
import { pageTests } from "../support/page.js";

const { open } = pageTests();

const SEED = 20;
const STEPS = isFull ? 600 : 60;
const KEYS = ["ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown", "Enter", " ", "Escape", "Tab", "Home", "End"];

test.each([
  { width: 1280, height: 900 },
  { width: 390, height: 844, hasTouch: true },
])("whatever is clicked in whatever order, the page says nothing odd: $width pixels wide", async (view) => {
  const { hasTouch = false, ...viewport } = view;
  const page = await open("compute=wasm", { viewport, hasTouch });
  const next = mulberry32(SEED + view.width);
  const done: string[] = [];
  for (let i = 0; i < STEPS; i++) {
    done.push(await touchSomething(page, [next(), next(), next()]));
    if (next() < 0.25) await page.keyboard.press(KEYS[Math.floor(next() * KEYS.length)] ?? "Tab");
    // So that some clicks come while something is loaded or computed, and some after it.
    await page.waitForTimeout(300 * next());
    const found = await oddities(page);
    expect(found, done.slice(-8).join("; then ")).toEqual([]);
  }
});

/** Clicks a random control at a random place, or gives it a random value. @returns what it did, in words */
function touchSomething(page: Page, [which, value, across]: readonly [number, number, number]): Promise<string> {
  return page.evaluate(
    ({ which, value, across }) => {
      // What opens a dialog of the browser's own, or takes minutes, is left out.
      const left = /webgpu|reference|camera|copy link/i;
      const all = Array.from(
        document.querySelectorAll<HTMLElement>("button, a[href], select, input:not([type=file]), summary, canvas, td"),
      ).filter(
        (element) => element.checkVisibility() && !element.matches(":disabled") && !left.test(element.innerText),
      );
      const element = all[Math.floor(which * all.length)];
      if (!element) return "found nothing to click";
      const name = `${element.localName} "${(element.getAttribute("aria-label") ?? element.textContent).slice(0, 40)}"`;
      const tellChange = () => {
        for (const type of ["input", "change"]) element.dispatchEvent(new Event(type, { bubbles: true }));
      };
      if (element instanceof HTMLSelectElement) {
        const options = Array.from(element.options).filter(({ text }) => !left.test(text));
        element.value = options[Math.floor(value * options.length)]?.value ?? element.value;
        tellChange();
        return `${name} becomes ${element.value}`;
      }
      if (element instanceof HTMLInputElement && ["text", "number", "range"].includes(element.type)) {
        const texts = ["7", "0", "-3", "1e9", "", "abc"];
        element.value =
          element.type === "range"
            ? String(Number(element.min) + value * (Number(element.max) - Number(element.min)))
            : (texts[Math.floor(value * texts.length)] ?? "");
        tellChange();
        return `${name} becomes ${element.value}`;
      }
      element.scrollIntoView({ block: "center" });
      const { left: x, top: y, width, height } = element.getBoundingClientRect();
      const at = { clientX: x + across * width, clientY: y + value * height, bubbles: true, cancelable: true };
      for (const type of ["pointerdown", "pointermove", "pointerup"])
        element.dispatchEvent(new PointerEvent(type, { ...at, pointerId: 1, isPrimary: true }));
      element.dispatchEvent(new MouseEvent("click", at));
      return name;
    },
    { which, value, across },
  );
}

/** What no state of the page may show. */
function oddities(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    // That the layers do not fit is what a visitor may be told.
    const alerts = Array.from(document.querySelectorAll("[role=alert]"), ({ textContent }) => textContent);
    const found = alerts.filter((text) => !text.includes("does not fit")).map((text) => `an alert: ${text}`);
    const { innerText } = document.body;
    const word = /NaN|undefined|null|\[object|Infinity/.exec(innerText);
    if (word) found.push(`it says: ${innerText.slice(Math.max(0, word.index - 40), word.index + 40)}`);
    if (!document.querySelector("main")?.innerText.trim()) found.push("an empty room");
    const { scrollWidth } = document.documentElement;
    if (scrollWidth > innerWidth) found.push(`the page is ${scrollWidth} wide`);
    return found;
  });
}

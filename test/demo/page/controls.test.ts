import type { Page } from "playwright";
import { describe, expect, test } from "vitest";
import { parseSettings } from "../../../demo/page/settings/notation.js";
import { pageTests } from "../support/page.js";

const { open } = pageTests();

const settingsOf = async (page: Page) => parseSettings(new URL(page.url()).hash);
const paused = (page: Page) => page.waitForSelector("[data-activity=paused]");

describe("the controls of the Learn room", () => {
  test("a setting goes into the address, and begins another network", async () => {
    const page = await open("compute=wasm&steps=2");
    await paused(page);
    await expect.poll(() => page.textContent("h1")).toMatch(/it reads/);
    await page.getByLabel("Optimizer", { exact: true }).selectOption("Plain descent");
    await page.getByLabel("Learning rate", { exact: true }).selectOption("0.1");
    await expect.poll(async () => (await settingsOf(page)).optimizer).toBe("sgd");
    await expect.poll(() => page.textContent("h1")).toMatch(/It guesses/);
    // With these two, the settings are those of a recipe.
    await expect
      .poll(() => page.getByLabel("Recipe").locator("option:checked").textContent())
      .toBe("Plain gradient descent");
    await page.getByLabel("Recipe").selectOption("Tiny");
    await expect.poll(async () => (await settingsOf(page)).blocks.map(({ filters }) => filters)).toEqual([2, 4]);
    await page.getByLabel("Seed", { exact: true }).fill("12345");
    await page.getByLabel("Seed", { exact: true }).press("Enter");
    await expect.poll(async () => (await settingsOf(page)).seed).toBe(999);
  });

  test("one step, its curve and its mistakes; the keyboard alone looks at one", async () => {
    const page = await open("compute=wasm");
    await paused(page);
    const button = page.getByRole("button", { name: "Train" });
    const { width } = (await button.boundingBox()) ?? {};
    await page.getByRole("button", { name: "Step" }).focus();
    await page.keyboard.press("Enter");
    await page.waitForSelector(".confusion");
    await paused(page);
    const goOn = await page.getByRole("button", { name: "Go on" }).boundingBox();
    expect(goOn?.width).toBe(width);
    await expect
      .poll(() => page.getByRole("img", { name: /^Loss/ }).getAttribute("aria-label"))
      .toMatch(/in step 1\. On the test/);
    await expect.poll(() => page.locator(".chart canvas").count()).toBe(2);

    await page.locator(".confusion button[tabindex='0']").focus();
    await page.keyboard.press("ArrowUp");
    await page.keyboard.press("ArrowLeft");
    const [label, predicted] = ((await page.locator(":focus").getAttribute("data-cell")) ?? "").split(" ").map(Number);
    await expect.poll(() => page.locator(":focus").getAttribute("aria-pressed")).toBe("true");
    await page.locator(".pairs button").first().focus();
    await page.keyboard.press("Enter");
    await page.locator(".items button").first().focus();
    await page.keyboard.press("Enter");
    await expect.poll(async () => (await settingsOf(page)).item).toBeGreaterThan(0);
    expect([label, predicted].every((n) => n !== undefined && n >= 0 && n < 10)).toBe(true);
    await expect.poll(() => page.locator(".items [aria-pressed=true]").count()).toBe(1);
  });

  test("on a phone the buttons are at the thumb, and the settings behind one", async () => {
    const page = await open("compute=wasm", { viewport: { width: 360, height: 740 }, hasTouch: true });
    await paused(page);
    const bar = await page.locator(".go").boundingBox();
    expect((bar?.y ?? 0) + (bar?.height ?? 0)).toBeCloseTo(740, 0);
    await page.getByRole("button", { name: "Settings" }).tap();
    await page.getByRole("dialog").getByLabel("Batch", { exact: true }).selectOption("64");
    await page.getByRole("button", { name: "Done" }).tap();
    await expect.poll(async () => (await settingsOf(page)).batch).toBe(64);
    await expect.poll(() => page.getByRole("dialog").count()).toBe(0);
  });
});

test("a digit is drawn with the pen, and every layer answers; only the pad keeps a finger from scrolling", async () => {
  const page = await open("compute=wasm", { hasTouch: true });
  await paused(page);
  const pad = page.locator(".large-picture");
  const touchAction = () => pad.evaluate((element) => getComputedStyle(element).touchAction);
  await expect.poll(() => touchAction()).not.toBe("none");
  await page.getByRole("button", { name: "Draw a digit" }).click();
  await expect.poll(() => touchAction()).toBe("none");
  const before = await page.locator(".prediction").textContent();
  const box = await pad.boundingBox();
  if (!box) throw new Error("there is no pad");
  await page.mouse.move(box.x + box.width / 2, box.y + 20);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width / 2, box.y + box.height - 40, { steps: 6 });
  await page.mouse.up();
  await expect.poll(() => page.locator(".prediction").textContent()).not.toBe(before);
  // A blank drawing is written as letters A alone.
  await expect.poll(async () => (await settingsOf(page)).drawing).toMatch(/[^A]/);
  const drawn = (await settingsOf(page)).drawing;
  await page.getByRole("button", { name: "Clear" }).click();
  await expect.poll(async () => (await settingsOf(page)).drawing).not.toBe(drawn);
  await page.getByRole("button", { name: "Done" }).click();
  await expect.poll(() => touchAction()).not.toBe("none");
  await page.getByRole("button", { name: "Look at: 7" }).click();
  await expect.poll(async () => (await settingsOf(page)).drawing).toBe("");
});

test.each(["Done", "Inside"])("who draws nothing looks at the example again: %s", async (leave) => {
  const page = await open("compute=wasm");
  await paused(page);
  await page.getByRole("button", { name: "Draw a digit" }).click();
  await expect.poll(async () => (await settingsOf(page)).drawing).not.toBe("");
  await page.getByText(leave, { exact: true }).click();
  await expect.poll(async () => (await settingsOf(page)).drawing).toBe("");
});

test("what is saved is what is shown", async () => {
  const page = await open("compute=wasm&steps=2");
  await page.waitForSelector(".confusion");
  await paused(page);
  const save = async (name: string) => {
    await page.getByRole("button", { name: "Save" }).click();
    const [file] = await Promise.all([page.waitForEvent("download"), page.getByRole("menuitem", { name }).click()]);
    const stream = await file.createReadStream();
    const parts: Buffer[] = [];
    for await (const part of stream) parts.push(Buffer.from(part));
    return Buffer.concat(parts);
  };
  const svg = (await save("Picture (SVG)")).toString();
  expect(svg).toContain("Convolution");
  expect(svg.match(/<image /g)?.length).toBeGreaterThan(5);
  expect((await save("Picture (PNG)")).subarray(1, 4).toString()).toBe("PNG");
  expect((await save("Curves")).toString().trim().split("\r\n").length).toBe(3);
  const confusion = (await save("Mistakes")).toString();
  const shown = await page.locator(".confusion button").allTextContents();
  const saved = confusion
    .trim()
    .split("\r\n")
    .slice(1)
    .flatMap((row) => row.split(",").slice(1));
  expect(saved).toEqual(shown.map((text) => text || "0"));

  await page.getByRole("button", { name: "Save" }).focus();
  await page.keyboard.press("ArrowDown");
  await page.waitForSelector("[role=menuitem]:focus");
  await page.keyboard.press("End");
  await page.keyboard.press("Enter");
  await expect.poll(() => page.textContent("dialog pre")).toContain("steps = 2");
  await page.keyboard.press("Escape");
  await expect.poll(() => page.locator("dialog").count()).toBe(0);
});

test("a word is explained by a key, a finger or a screen reader; Escape and the next one put it away", async () => {
  const page = await open("compute=wasm", { hasTouch: true });
  await paused(page);
  const optimizer = page.getByRole("button", { name: "What is this: Optimizer, Momentum, RMSprop, Adam?" });
  const text = page.locator(`[id="${await optimizer.getAttribute("aria-describedby")}"]`);
  await expect.poll(() => text.textContent()).toContain("The rule by which each step changes the weights");
  await expect.poll(() => text.isVisible()).toBe(false);
  await optimizer.focus();
  await page.keyboard.press("Enter");
  await expect.poll(() => text.isVisible()).toBe(true);
  await page.keyboard.press("Escape");
  await expect.poll(() => text.isVisible()).toBe(false);
  await optimizer.tap();
  await expect.poll(() => text.isVisible()).toBe(true);
  await page.getByRole("button", { name: "What is this: Softmax?" }).tap();
  await expect.poll(() => text.isVisible()).toBe(false);
  const softmax = page.locator(".term-text:popover-open");
  await expect.poll(() => softmax.textContent()).toContain("add up to 100 %");
  const { x = -1, width = 9999 } = (await softmax.boundingBox()) ?? {};
  expect(x).toBeGreaterThanOrEqual(0);
  expect(x + width).toBeLessThanOrEqual(1280);
});

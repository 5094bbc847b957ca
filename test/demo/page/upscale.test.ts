import { readFile } from "node:fs/promises";
import { createCanvas } from "@napi-rs/canvas";
import type { Page } from "playwright";
import { describe, expect, test } from "vitest";
import { createBackend } from "webgpu-cnn";
import { loadTfjs } from "webgpu-cnn/keras";
import { mostDetailOf } from "../../../demo/page/upscale/detail.js";
import { fits, fittingSize, partAround, partWidths } from "../../../demo/page/upscale/limits.js";
import { type Picture, readPicture } from "../../../demo/upscale/picture.js";
import { pageTests } from "../support/page.js";

const { open } = pageTests();

const CAT = "demo/page/upscale/cat.png";

/** A picture of colours that change slowly, as PNG. */
async function drawn(width: number, height: number): Promise<Buffer> {
  const canvas = createCanvas(width, height);
  const context = canvas.getContext("2d");
  const gradient = context.createLinearGradient(0, 0, width, height);
  for (const [i, colour] of ["teal", "white", "tomato"].entries()) gradient.addColorStop(i / 2, colour);
  context.fillStyle = gradient;
  context.fillRect(0, 0, width, height);
  return canvas.encode("png");
}

const choose = (page: Page, name: string, mimeType: string, buffer: Buffer) =>
  page.setInputFiles("input[type=file]", { name, mimeType, buffer });

/** What the library makes of a picture in Node, in one piece. */
async function enlarged({ shape, data }: Picture, scale: number): Promise<Uint8ClampedArray> {
  const folder = `node_modules/@upscalerjs/esrgan-slim/models/x${scale}`;
  const backend = await createBackend({ kind: "wasm" });
  const modelJson = await readFile(`${folder}/model.json`, "utf8");
  const model = await loadTfjs({ modelJson, weights: await readFile(`${folder}/group1-shard1of1.bin`) }, backend);
  const x = backend.tensor(Float32Array.from(data), [1, ...shape]);
  const result = Uint8ClampedArray.from(await model.predict(x).read());
  backend.destroy();
  return result;
}

/** Presses the button, and takes the file that it saves. */
async function saved(page: Page): Promise<{ readonly name: string; readonly picture: Picture }> {
  const download = page.waitForEvent("download");
  await page.getByRole("button", { name: "Save as PNG" }).click();
  const file = await download;
  return { name: file.suggestedFilename(), picture: await readPicture(await file.path()) };
}

function largestDifference(a: Uint8ClampedArray, b: Uint8ClampedArray): number {
  expect(a.length).toBe(b.length);
  return a.reduce((most, value, i) => Math.max(most, Math.abs(value - (b[i] ?? Number.NaN))), 0);
}

describe("upscale", () => {
  test("the sample becomes what the library makes of it in Node; the line moves by touch and by keys", async () => {
    const page = await open("room=upscale&compute=wasm", { hasTouch: true });
    await page.getByRole("button", { name: "Enlarge × 2" }).click();
    const line = page.getByRole("slider", { name: /Compare/ });
    await line.waitFor({ timeout: 120_000 });
    await expect
      .poll(() => page.textContent("h1"))
      .toMatch(/^180 × 120 pixels became 360 × 240 in \d+(\.\d)? seconds$/);
    const { name, picture } = await saved(page);
    expect(name).toBe("cat-2x.png");
    expect(picture.shape).toEqual([240, 360, 3]);
    expect(largestDifference(picture.data, await enlarged(await readPicture(CAT), 2))).toBeLessThanOrEqual(1);

    const value = async () => Number(await line.inputValue());
    await expect.poll(() => value()).toBe(50);
    await line.press("ArrowRight");
    await expect.poll(() => value()).toBe(55);
    await line.press("Home");
    await expect.poll(() => value()).toBe(0);
    const box = await page.locator(".stage").boundingBox();
    if (!box) throw new Error("no picture");
    await page.touchscreen.tap(box.x + 0.7 * box.width, box.y + box.height / 2);
    await expect.poll(value).toBeGreaterThan(60);
    const clip = await page.locator("canvas.enlarged").evaluate((canvas) => getComputedStyle(canvas).clipPath);
    expect(clip).toBe(`inset(0px 0px 0px ${await value()}%)`);
  });

  test("a picture of one's own on WebGPU, by keys alone, and the room stays as it was", async () => {
    const page = await open("room=upscale&compute=webgpu&scale=3");
    const photo = await drawn(24, 16);
    await page.getByRole("button", { name: "Enlarge × 3" }).waitFor();
    await choose(page, "my photo.png", "image/png", photo);
    await page.getByText("my photo.png, 24 × 16").waitFor();
    await page.getByRole("button", { name: "Enlarge × 3" }).press("Enter");
    await page.getByRole("slider", { name: /Compare/ }).waitFor({ timeout: 200_000 });
    await page.getByRole("link", { name: "Measure" }).press("Enter");
    await page.getByRole("link", { name: "Upscale" }).press("Enter");
    const { name, picture } = await saved(page);
    expect(name).toBe("my photo-3x.png");
    const canvas = { shape: [16, 24, 3], data: rgb(await page.evaluate(pixels, photo.toString("base64"))) };
    expect(largestDifference(picture.data, await enlarged(canvas, 3))).toBeLessThanOrEqual(1);
  });

  test("it can be stopped, and begun again", async () => {
    const page = await open("room=upscale&compute=wasm&scale=4");
    await page.getByRole("button", { name: "Enlarge × 4" }).click();
    await page.getByRole("button", { name: "Stop" }).click();
    await page.getByRole("button", { name: "Enlarge × 4" }).click();
    await expect
      .poll(() => page.locator("progress").evaluate((bar) => Number(bar.getAttribute("value"))))
      .toBeGreaterThan(0);
    await page.getByRole("button", { name: "Stop" }).click();
    await expect.poll(() => page.getByRole("button", { name: "Enlarge × 4" }).isEnabled()).toBe(true);
    await expect.poll(() => page.locator("[role=alert]").count()).toBe(0);
  });

  test("what is no picture is refused in a sentence, and the last one stays", async () => {
    const page = await open("room=upscale&compute=wasm");
    await page.getByText("cat.png, 180 × 120").waitFor();
    await choose(page, "notes.txt", "text/plain", Buffer.from("no picture"));
    await expect
      .poll(() => page.textContent("[role=alert]"))
      .toBe("notes.txt is not a picture that this browser can read.");
    await expect.poll(() => page.getByText("cat.png, 180 × 120").count()).toBe(1);
  });

  test("a large photo begins with a part of it; all of it is scaled down; the scale is in the address; a drop is taken", async () => {
    const page = await open("room=upscale&compute=wasm");
    await page.getByText("cat.png, 180 × 120").waitFor();
    const photo = (await drawn(3000, 2000)).toString("base64");
    await page.evaluate((text) => {
      const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
      const dataTransfer = new DataTransfer();
      dataTransfer.items.add(new File([bytes], "large.png", { type: "image/png" }));
      document.body.dispatchEvent(new DragEvent("drop", { dataTransfer, bubbles: true, cancelable: true }));
    }, photo);
    const take = page.getByLabel("large.png, 3,000 × 2,000");
    await take.waitFor();
    await expect.poll(() => take.inputValue()).toBe("256");
    await expect.poll(() => page.textContent(".becomes")).toBe("It becomes 512 × 384.");
    const across = page.getByRole("slider", { name: "The part: from left to right" });
    const before = Number(await across.inputValue());
    await across.press("ArrowRight");
    expect(Number(await across.inputValue())).toBeGreaterThan(before);
    await page.getByText("× 4", { exact: true }).click();
    await expect.poll(() => page.url()).toContain("scale=4");
    await take.selectOption("whole");
    const { width, height } = fittingSize({ width: 3000, height: 2000 }, 4);
    await expect
      .poll(() => page.textContent(".becomes"))
      .toMatch(/^At × 4 it is too large for a browser: 12,000 × 8,000\./);
    const label = `all of it, scaled down to ${width.toLocaleString("en")} × ${height.toLocaleString("en")}`;
    await expect.poll(() => take.locator("option:checked").textContent()).toBe(label);
  });
});

describe("the limits of a photo", () => {
  test("what is too large is scaled down to what fits", () => {
    const photo = { width: 4000, height: 3000 };
    expect(fits(photo, 2)).toBe(false);
    const size = fittingSize(photo, 2);
    expect(fits(size, 2)).toBe(true);
    expect(size.width / size.height).toBeCloseTo(4 / 3, 2);
    expect(fittingSize({ width: 100, height: 50 }, 4)).toEqual({ width: 100, height: 50 });
    expect(fittingSize({ width: 1_000_000, height: 2 }, 4).height).toBe(1);
  });

  test("a part lies within the photo", () => {
    const photo = { width: 1000, height: 700 };
    expect(partAround(photo, 256, { x: 0, y: 10_000 })).toEqual({ left: 0, top: 508, width: 256, height: 192 });
    expect(partAround(photo, 1024, { x: 500, y: 350 })).toEqual({ left: 0, top: 0, width: 1000, height: 700 });
    expect(partWidths(photo)).toEqual([128, 256, 512]);
    expect(partWidths({ width: 100, height: 80 })).toEqual([]);
  });
});

describe("the place of most detail", () => {
  const grey = (width: number, height: number, value: (row: number, column: number) => number) => ({
    width,
    height,
    data: Uint8ClampedArray.from({ length: 4 * width * height }, (_, i) =>
      value(Math.floor(i / 4 / width), Math.floor(i / 4) % width),
    ),
  });

  test("is where neighbours differ most", () => {
    // A fine pattern from (20, 10) on, a strong edge elsewhere.
    const pattern = grey(40, 30, (row, column) =>
      row >= 10 && row < 18 && column >= 20 && column < 28 ? 120 * ((row + column) % 2) : column < 5 ? 255 : 0,
    );
    const { x, y } = mostDetailOf(pattern, 8);
    expect(Math.abs(40 * x - 24)).toBeLessThanOrEqual(1);
    expect(Math.abs(30 * y - 14)).toBeLessThanOrEqual(1);
  });

  test("is the middle of a picture that has none, or is smaller than a place", () => {
    expect(
      mostDetailOf(
        grey(40, 30, () => 7),
        8,
      ),
    ).toEqual({ x: 0.5, y: 0.5 });
    expect(
      mostDetailOf(
        grey(5, 1, (_, column) => 50 * column),
        8,
      ),
    ).toEqual({ x: 0.5, y: 0.5 });
  });
});

/** In the page: the pixels as its canvas reads them. */
async function pixels(base64: string): Promise<number[]> {
  const image = await createImageBitmap(await (await fetch(`data:image/png;base64,${base64}`)).blob());
  const context = new OffscreenCanvas(image.width, image.height).getContext("2d");
  context?.drawImage(image, 0, 0);
  return Array.from(context?.getImageData(0, 0, image.width, image.height).data ?? []);
}

const rgb = (rgba: readonly number[]) => Uint8ClampedArray.from(rgba.filter((_, i) => i % 4 < 3));

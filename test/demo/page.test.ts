import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { createCanvas } from "@napi-rs/canvas";
import { type Browser, type BrowserContextOptions, chromium, type Page } from "playwright";
import { build } from "vite";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { browserLaunchOptions } from "../../tools/browser.mjs";
import { mulberry32 } from "../support/random.js";

/** Where no page lies that thinks itself at the root of its server. */
const ADDRESS = "http://localhost/some/folder/index.html";
const SIZE = 32;

let folder: string;
let browser: Browser;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "webgpu-cnn-demo-"));
  const configFile = fileURLToPath(new URL("../../demo/vite.config.ts", import.meta.url));
  await build({ configFile, logLevel: "error", build: { outDir: folder } });
  browser = await chromium.launch({ headless: true, ...browserLaunchOptions() });
});
afterAll(async () => {
  await browser.close();
  await rm(folder, { recursive: true });
});

const complaints: string[] = [];
afterEach(async () => {
  for (const context of browser.contexts()) await context.close();
  expect(complaints.splice(0)).toEqual([]);
});

/** The built page with these settings in its address, when it has computed what they ask for. */
async function open(settings = "", options: BrowserContextOptions = {}, on = browser): Promise<Page> {
  const page = await on.newPage({ viewport: { width: 1280, height: 900 }, ...options });
  page.on("pageerror", ({ message }) => complaints.push(message));
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) complaints.push(message.text());
  });
  const root = new URL(".", ADDRESS).pathname;
  await page.route("http://localhost/**", (route) => {
    const { pathname } = new URL(route.request().url());
    return pathname.startsWith(root)
      ? route.fulfill({ path: join(folder, pathname.slice(root.length)) })
      : route.abort();
  });
  await page.goto(`${ADDRESS}#${settings}`);
  await computed(page);
  return page;
}

/** Waits until what is shown is what the settings ask for, checked. */
async function computed(page: Page): Promise<void> {
  await page.waitForSelector("main[aria-busy=false]");
  await page.waitForSelector("[data-agreement=yes], [data-adapter=cpu], .refusal");
}

const number = async (page: Page, attribute: string) =>
  Number(await page.locator(`[${attribute}]`).first().getAttribute(attribute));

/** The numbers of a table, as they are shown. */
async function grid(page: Page, title: string): Promise<number[]> {
  const cells = await page.locator(`[data-grid="${title}"] td`).allTextContents();
  return cells.map((text) => Number(text.replace("−", "-")));
}

const map = (page: Page, symbol: string) => page.locator(`[data-plate="${symbol}"] .map`);
const shape = (page: Page, symbol: string) => page.locator(`[data-plate="${symbol}"] .shape`).textContent();

/** Where a cell of a map lies in its picture. */
async function position(page: Page, symbol: string, row: number, column: number) {
  const [height = 1, width = 1] = ((await shape(page, symbol)) ?? "").split(" × ").map(Number);
  const box = await map(page, symbol).boundingBox();
  if (!box) throw new Error(`${symbol} is not on the page`);
  return { x: ((column + 0.5) * box.width) / width, y: ((row + 0.5) * box.height) / height };
}

/** The value that the page tells under the pointer, to three digits. */
async function valueAt(page: Page, symbol: string, row: number, column: number): Promise<number> {
  await map(page, symbol).hover({ position: await position(page, symbol, row, column) });
  const text = (await page.locator(`[data-plate="${symbol}"] .readout`).textContent()) ?? "";
  expect(text).toContain(`(${row}, ${column}): `);
  return Number(text.replace(/^.*: /, "").replace("−", "-"));
}

/** A picture in red, green and blue that nobody has seen, for the address and for arithmetic. */
function unseenPicture(seed: number) {
  const random = mulberry32(seed);
  const bytes = Uint8Array.from({ length: SIZE * SIZE * 3 }, () => Math.floor(256 * random()));
  const at = (row: number, column: number, channel: number) => {
    const inside = row >= 0 && row < SIZE && column >= 0 && column < SIZE;
    return inside ? (bytes[(row * SIZE + column) * 3 + channel] ?? 0) / 255 : 0;
  };
  return { pixels: Buffer.from(bytes).toString("base64url"), at };
}

const WEIGHTS = [0.5, -1, 0.25, 2, 0, -0.75, 1, 1, -2];
const BIAS = 0.4;
const STRIDE = 2;
const DILATION = 2;
const PADDING = 3;

/** The convolution of the page's own settings below, by its definition, for one cell. */
function convolve(at: (row: number, column: number, channel: number) => number, row: number, column: number): number {
  let sum = BIAS;
  for (const [i, weight] of WEIGHTS.entries()) {
    for (let channel = 0; channel < 3; channel++) {
      const tap = [
        row * STRIDE - PADDING + DILATION * Math.floor(i / 3),
        column * STRIDE - PADDING + DILATION * (i % 3),
      ];
      sum += weight * at(tap[0] ?? 0, tap[1] ?? 0, channel);
    }
  }
  return sum;
}

const layer = (pixels: string) =>
  `picture=own&pixels=${pixels}&filter=own&weights=${WEIGHTS}&bias=${BIAS}&stride=${STRIDE}&dilation=${DILATION}&padding=${PADDING}`;

describe("forward", () => {
  test("the numbers on screen are the convolution's and the pooling's", async () => {
    const { pixels, at } = unseenPicture(1);
    const page = await open(`${layer(pixels)}&cell=4-7&pooled=3-2&channel=1`);
    expect(await shape(page, "x_pad")).toBe("38 × 38 × 3");
    expect(await shape(page, "z")).toBe("17 × 17");
    expect(await shape(page, "a")).toBe("8 × 8");
    expect(await number(page, "data-sum")).toBeCloseTo(convolve(at, 4, 7), 4);
    expect(await valueAt(page, "z", 4, 7)).toBeCloseTo(convolve(at, 4, 7), 1);
    expect(await valueAt(page, "z", 0, 16)).toBeCloseTo(convolve(at, 0, 16), 1);

    const window = await grid(page, "padded x under the window");
    const products = await grid(page, "products");
    expect(await grid(page, "filter w")).toEqual(WEIGHTS);
    for (const [i, weight] of WEIGHTS.entries()) {
      const x = at(4 * STRIDE - PADDING + DILATION * Math.floor(i / 3), 7 * STRIDE - PADDING + DILATION * (i % 3), 1);
      expect(window[i]).toBeCloseTo(x, 1.9);
      expect(products[i]).toBeCloseTo(weight * x, 1.9);
    }
    const pooled = [6, 7].flatMap((row) => [4, 5].map((column) => convolve(at, row, column)));
    expect(await number(page, "data-value")).toBeCloseTo(Math.max(...pooled), 4);
  });

  test("the average is the mean of the window", async () => {
    const { pixels, at } = unseenPicture(2);
    const page = await open(`${layer(pixels)}&pooling=average&window=3&poolStride=2&pooled=1-5`);
    const cells = [2, 3, 4].flatMap((row) => [10, 11, 12].map((column) => convolve(at, row, column)));
    expect(await number(page, "data-value")).toBeCloseTo(cells.reduce((sum, value) => sum + value) / 9, 4);
  });

  test("the window is moved by the mouse, by arrow keys, by the scrubber, and by itself", async () => {
    const page = await open();
    const story = page.locator(".story").first();
    await map(page, "z").click({ position: await position(page, "z", 3, 4) });
    await expect.poll(() => story.textContent()).toContain("z(3, 4)");
    await map(page, "z").press("ArrowDown");
    await expect.poll(() => story.textContent()).toContain("z(4, 4)");
    await map(page, "z").press("ArrowLeft");
    await expect.poll(() => story.textContent()).toContain("z(4, 3)");
    await map(page, "x_pad").click({ position: await position(page, "x_pad", 10, 20) });
    await expect.poll(() => story.textContent()).toContain("z(9, 19)");
    const slider = page.locator("input[type=range][max='784']");
    await slider.fill("30");
    await expect.poll(() => story.textContent()).toContain("z(1, 1)");
    await page.getByRole("button", { name: "Play" }).first().click();
    // It goes on while it is looked at: the cell that it is at is known when it rests.
    await expect.poll(async () => Number(await slider.inputValue())).toBeGreaterThan(31);
    await page.getByRole("button", { name: "Pause" }).click();
    // A last step may be under way.
    await page.waitForTimeout(500);
    const rest = await slider.inputValue();
    const cell = Number(rest) - 1;
    await expect.poll(() => story.textContent()).toContain(`z(${Math.floor(cell / 28)}, ${cell % 28})`);
    await page.waitForTimeout(500);
    expect(await slider.inputValue()).toBe(rest);
  });

  test("a filter is drawn by hand", async () => {
    const page = await open("picture=house&cell=16-16");
    await page.getByText("draw your own").click();
    await computed(page);
    expect(await grid(page, "filter w")).toEqual([-0.25, 0, 0.25, -0.5, 0, 0.5, -0.25, 0, 0.25]);
    await page.getByLabel("weight 0, 1").click();
    await page.getByLabel("weight 0, 2").press("ArrowUp");
    await page.getByLabel("weight 1, 0").press("PageDown");
    await expect.poll(() => grid(page, "filter w")).toEqual([-0.25, 1, 0.35, -1.5, 0, 0.5, -0.25, 0, 0.25]);
    await page.getByLabel("Filter size").fill("2");
    await expect.poll(() => grid(page, "filter w")).toEqual([0, 0.5, 0, 0.25]);
  });

  test("a picture of the visitor's own is read, and stays in the address", async () => {
    const canvas = createCanvas(80, 40);
    const context = canvas.getContext("2d");
    context.fillStyle = "rgb(255, 0, 51)";
    context.fillRect(0, 0, 80, 40);
    const page = await open();
    const file = { name: "red.png", mimeType: "image/png", buffer: canvas.toBuffer("image/png") };
    await page.locator("input[type=file]").setInputFiles(file);
    await expect.poll(() => shape(page, "x")).toBe("32 × 32 × 3");
    await expect.poll(() => page.url()).toContain("pixels=");
    await page.reload();
    await computed(page);
    await map(page, "x").hover({ position: await position(page, "x", 9, 9) });
    expect(await page.locator('[data-plate="x"] .readout').textContent()).toBe("(9, 9): 1, 0, 0.2");
    const broken = { name: "broken.png", mimeType: "image/png", buffer: Buffer.from("no picture") };
    await page.locator("input[type=file]").setInputFiles(broken);
    await expect.poll(() => page.getByRole("alert").textContent()).toContain("no picture");
  });

  test("what the library refuses is told in its words, and what comes next is computed", async () => {
    const page = await open("padding=0&size=7&dilation=3&stride=4&window=4");
    expect(await page.locator(".refusal").textContent()).toContain(
      "ShapeError maxPool2d: the window's height 4 is larger",
    );
    await page.getByLabel("Padding").fill("6");
    await expect.poll(() => page.locator(".refusal").count()).toBe(0);
    await computed(page);
    expect(await shape(page, "a")).toBe("2 × 2");
  });
});

describe("backward", () => {
  test("a gradient goes through the maximum, and to the pixels and weights under the window", async () => {
    const { pixels, at } = unseenPicture(3);
    const page = await open(`${layer(pixels)}&direction=backward&channel=2`);
    await map(page, "a").click({ position: await position(page, "a", 2, 5) });
    await computed(page);
    const cells = [4, 5].flatMap((row) => [10, 11].map((column) => ({ row, column, z: convolve(at, row, column) })));
    const winner = cells.toSorted((a, b) => b.z - a.z)[0] ?? { row: 0, column: 0 };
    expect(await grid(page, "mask")).toEqual(cells.map((cell) => (cell === winner ? 1 : 0)));
    expect(await valueAt(page, "dz", winner.row, winner.column)).toBe(1);

    expect(await grid(page, "added to padded dx")).toEqual(WEIGHTS);
    const toWeights = await grid(page, "added to dw");
    for (const i of WEIGHTS.keys()) {
      const row = winner.row * STRIDE + DILATION * Math.floor(i / 3);
      const column = winner.column * STRIDE + DILATION * (i % 3);
      const x = at(row - PADDING, column - PADDING, 2);
      expect(toWeights[i]).toBeCloseTo(x, 1.9);
      expect(await valueAt(page, "dx_pad", row, column)).toBe(WEIGHTS[i]);
      expect(await valueAt(page, "dx", row - PADDING, column - PADDING)).toBe(WEIGHTS[i]);
      expect(await valueAt(page, "dw", Math.floor(i / 3), i % 3)).toBeCloseTo(x, 2);
    }
  });

  test("an average shares a gradient, and the windows pass theirs on one after another", async () => {
    const page = await open("direction=backward&pooling=average&walked=0&pooled=4-4");
    expect(await grid(page, "shares")).toEqual([0.25, 0.25, 0.25, 0.25]);
    const walk = page.getByLabel("Gradients passed on");
    expect(await page.locator("#convolution-back ~ .story").textContent()).toContain("4 cells of the feature map");
    expect(await valueAt(page, "dx", 8, 9)).toBe(0);
    await walk.fill("1");
    await expect.poll(() => valueAt(page, "dx", 8, 9)).toBe(0.125);
    expect(await number(page, "data-gradient")).toBe(0.25);
    await walk.fill("2");
    // The second window lies one to the right; its middle column has weights of 0.
    await expect.poll(() => page.locator("#convolution-back ~ .story").textContent()).toContain("so far 0.5");
    expect(await valueAt(page, "dx", 8, 9)).toBe(0.125);
    expect(await valueAt(page, "dx", 8, 8)).toBe(-0.125);
    await walk.fill("4");
    await expect.poll(() => page.locator("#convolution-back ~ .story").textContent()).toContain("so far 1.");
  });

  test("with a gradient everywhere the bias collects one for each pooled cell", async () => {
    const page = await open("direction=backward&gradient=all");
    expect(await page.locator("#convolution-back ~ .story").textContent()).toContain("so far 196.");
    await page.getByText("each gets it").click();
    await computed(page);
    // Where the picture is empty, all four cells of a window are 0 alike.
    const story = (await page.locator("#convolution-back ~ .story").textContent()) ?? "";
    expect(Number(/so far (\d+)/.exec(story)?.[1])).toBeGreaterThan(196);
  });
});

describe("the page", () => {
  test("holds all that is chosen in its address", async () => {
    const page = await open();
    await page.getByText("landscape").click();
    await page.getByText("backward", { exact: true }).click();
    await page.getByText("average", { exact: true }).click();
    await page.getByText("blur").click();
    await page.getByLabel("Dilation").fill("2");
    await page.getByText("dark", { exact: true }).click();
    await computed(page);
    await expect
      .poll(() => new URL(page.url()).hash)
      .toBe("#picture=landscape&filter=blur&dilation=2&pooling=average&direction=backward&theme=dark");
    const screen = () => page.locator("main .maps, main .steps").allTextContents();
    const before = await screen();
    await page.reload();
    await computed(page);
    expect(await screen()).toEqual(before);
    expect(await page.getAttribute("html", "data-theme")).toBe("dark");
    await page.evaluate(() => {
      location.hash = "picture=7";
    });
    await expect.poll(() => shape(page, "x")).toBe("28 × 28");
  });

  test.each([
    ["webgpu", /Computed by WebGPU on .+ in [\d.]+ ms/],
    ["wasm", /Computed by WebAssembly on one thread in [\d.]+ ms/],
  ])("says what computes, how long it takes, and how it agrees with the CPU reference: %s", async (kind, computed) => {
    const page = await open(`direction=backward&compute=${kind}`);
    const line = (await page.locator(".adapter").textContent()) ?? "";
    expect(line).toMatch(computed);
    expect(line).toMatch(/✓ \d+ tensors compared with the CPU reference: largest error [\d.e-]+, [\d.]+ % of what/);
  });

  test("computes the same on the reference, and says so", async () => {
    const { pixels } = unseenPicture(4);
    const settings = `${layer(pixels)}&direction=backward&gradient=all`;
    const [gpu, wasm, cpu] = [
      await open(`${settings}&compute=webgpu`),
      await open(`${settings}&compute=wasm`),
      await open(`${settings}&compute=cpu`),
    ];
    expect(await cpu.locator(".adapter").textContent()).toMatch(
      /Computed on the CPU in [\d.]+ ms, in a worker.*as chosen/,
    );
    const tables = (page: Page) => page.locator(".step").allTextContents();
    expect(await tables(cpu)).toEqual(await tables(gpu));
    expect(await tables(cpu)).toEqual(await tables(wasm));
  });

  test("without WebGPU computes on WebAssembly, and says why", async () => {
    const { args, ...options } = browserLaunchOptions();
    const plain = await chromium.launch({ headless: true, ...options, args: ["--disable-features=WebGPUService"] });
    try {
      const page = await open("", {}, plain);
      const line = (await page.locator(".adapter").textContent()) ?? "";
      expect(line).toContain("Computed by WebAssembly");
      expect(await page.locator(".adapter [title]").getAttribute("title")).toContain("createBackend: no WebGPU");
      expect(await number(page, "data-sum")).toBeCloseTo(-0.776, 3);
    } finally {
      await plain.close();
    }
  });

  test("fits on a small screen", async () => {
    for (const settings of ["", "direction=backward&size=7&picture=landscape"]) {
      const page = await open(settings, { viewport: { width: 360, height: 720 } });
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(360);
    }
  });
});

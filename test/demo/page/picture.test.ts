import type { Page } from "playwright";
import { describe, expect, test } from "vitest";
import { createBackend } from "webgpu-cnn";
import { blueRed, teal } from "../../../demo/colours.js";
import type { HostTensor } from "../../../demo/images.js";
import { fromBase64url, toBase64url } from "../../../demo/page/data/drawing.js";
import { addBlock, changeFilters, removeBlock } from "../../../demo/page/learn/picture/blocks.js";
import { layOutColumns } from "../../../demo/page/learn/picture/columns.js";
import type { Field, Rect } from "../../../demo/page/learn/picture/geometry.js";
import { roundUp, steadyLimit } from "../../../demo/page/learn/picture/limits.js";
import { layOutRows } from "../../../demo/page/learn/picture/rows.js";
import { type Architecture, stationsOf } from "../../../demo/page/network/architecture.js";
import { makeModel, weightsOf } from "../../../demo/page/network/model.js";
import { runPass } from "../../../demo/page/network/pass.js";
import { type Block, INITIAL } from "../../../demo/page/settings/settings.js";
import { pageTests } from "../support/page.js";

const { open } = pageTests();

const block = (changes: Partial<Block> = {}): Block => ({
  ...{ filters: 6, size: 5, stride: 1, padding: "same", pool: "max", ...changes },
});

const ARCHITECTURES: readonly {
  readonly name: string;
  readonly blocks: readonly Block[];
  readonly classes?: number;
}[] = [
  { name: "the first network", blocks: INITIAL.blocks },
  { name: "one filter, two classes", blocks: [block({ filters: 1, pool: "none" })], classes: 2 },
  {
    name: "the most filters",
    blocks: [block({ filters: 16 }), block({ filters: 16 }), block({ filters: 16, size: 7 })],
  },
  { name: "no pools", blocks: [block({ pool: "none", stride: 2 }), block({ pool: "none" }), block({ pool: "none" })] },
  { name: "strides down to one cell", blocks: [block({ stride: 2 }), block({ stride: 2 }), block({ pool: "none" })] },
];

const architectureOf = (blocks: readonly Block[], classes = 10, channels = 1): Architecture => ({
  ...{ input: [28, 28, channels], classes, blocks, activation: "relu", dropout: 0 },
});

const names = (count: number) => Array.from({ length: count }, (_, n) => String(n));

const overlap = (a: Rect, b: Rect) =>
  a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;

function expectSound({ strips, width, height }: Field): void {
  const boxes = strips.flatMap(({ groups }) => groups.map(({ box }) => box));
  for (const [i, box] of boxes.entries()) {
    expect(box.x).toBeGreaterThanOrEqual(0);
    expect(box.x + box.width).toBeLessThanOrEqual(width);
    expect(box.y).toBeGreaterThanOrEqual(-1);
    expect(box.y + box.height).toBeLessThanOrEqual(height + 1);
    expect(boxes.slice(i + 1).filter((other) => overlap(box, other))).toEqual([]);
  }
  for (const tile of strips.flatMap(({ groups }) => groups.flatMap(({ tiles }) => tiles))) {
    expect([tile.x, tile.y, tile.cell].every(Number.isInteger)).toBe(true);
  }
}

describe.each(ARCHITECTURES)("the layout of $name", ({ blocks, classes = 10 }) => {
  test.each([1, 3])("has place for everything, whatever the width: %i channels", (channels) => {
    const architecture = architectureOf(blocks, classes, channels);
    const stations = stationsOf(architecture);
    for (let width = 320; width <= 1440; width += 40) {
      const columns = layOutColumns(architecture, stations, names(classes), width);
      if (columns) expectSound(columns);
      const rows = layOutRows(architecture, stations, width, [0, 0, 0]);
      for (const row of [...rows.blocks, rows.dense]) expectSound(row);
    }
  });

  test("stands in columns where there is room, and loses z and a of later blocks first", () => {
    const architecture = architectureOf(blocks, classes);
    const stations = stationsOf(architecture);
    expect(layOutColumns(architecture, stations, names(classes), 1440)).toBeDefined();
    const missing = [1440, 1360, 1200, 1100].map(
      (width) => layOutColumns(architecture, stations, names(classes), width)?.leftOut,
    );
    for (const found of missing) if (found?.includes("z1")) expect(found).toContain(blocks.length > 1 ? "z2" : "z1");
  });
});

test("the first network has all its columns from 1280 pixels on, the margins taken off", () => {
  const architecture = architectureOf(INITIAL.blocks);
  const stations = stationsOf(architecture);
  expect(layOutColumns(architecture, stations, names(10), 1200)?.leftOut).toEqual([]);
  expect(layOutColumns(architecture, stations, names(10), 944)?.leftOut).toEqual(["z2", "a2"]);
  expect(layOutColumns(architecture, stations, names(10), 688)).toBeUndefined();
});

test("a limit is round, and stays while it serves", () => {
  expect([0.13, 1, 4.4, 9.9, 37].map(roundUp)).toEqual([0.15, 1, 5, 10, 40]);
  expect(steadyLimit(undefined, 0.37)).toBe(0.4);
  expect(steadyLimit(0.4, 0.2)).toBe(0.4);
  expect(steadyLimit(0.4, 0.41)).toBe(0.5);
  expect(steadyLimit(0.4, 0.1)).toBe(0.1);
  expect(steadyLimit(0.4, 0)).toBe(0.4);
});

test("blocks are added and removed within the range, and filters too", () => {
  const three = addBlock(INITIAL.blocks, 5);
  expect(three.map(({ pool }) => pool)).toEqual(["max", "max", "max"]);
  expect(addBlock(INITIAL.blocks, 1).at(-1)?.pool).toBe("none");
  expect(addBlock(three, 2)).toEqual(three);
  expect(removeBlock(three, 1).map(({ filters }) => filters)).toEqual([6, 10]);
  expect(removeBlock([block()], 0)).toEqual([block()]);
  expect(changeFilters([block({ filters: 16 })], 0, 1)).toEqual([block({ filters: 16 })]);
});

/** A slanted stroke. */
const DRAWING = toBase64url(
  Float32Array.from({ length: 28 * 28 }, (_, i) => Math.max(0, 1 - Math.abs((i % 29) - 14) / 4)),
);

/** What the library makes of the drawing, in Node. */
async function computed(blocks: readonly Block[]) {
  await using backend = await createBackend({ kind: "cpu" });
  const architecture = architectureOf(blocks);
  const model = makeModel(backend, architecture, INITIAL);
  const weights = weightsOf(model, architecture);
  const picture = { shape: [1, 28, 28, 1], values: fromBase64url(DRAWING) };
  const pass = await runPass(backend, architecture, weights, { picture, label: undefined });
  const [kernel] = weights;
  if (!kernel) throw new Error("no kernel");
  return { pass, kernel: { shape: kernel.kernel.shape, values: await kernel.kernel.read() } };
}

/** The colours of all cells of a map, in row-major order. */
async function coloursOf(page: Page, strip: string, map: number, columns: number): Promise<number[][]> {
  const group = page.locator(`[data-strip="${strip}"] + [role="group"] [data-map="${map}"]`);
  return group.evaluate(
    (button, { strip, columns }) => {
      const canvas = document.querySelector(`canvas[data-strip="${strip}"]`);
      if (!(canvas instanceof HTMLCanvasElement)) throw new Error("no canvas");
      const [box, around] = [button.getBoundingClientRect(), canvas.getBoundingClientRect()];
      const cell = (box.width - 2) / columns;
      const rows = Math.round((box.height - 2) / cell);
      const pixels = canvas.getContext("2d")?.getImageData(0, 0, canvas.width, canvas.height).data;
      return Array.from({ length: rows * columns }, (_, i) => {
        const x = box.x - around.x + 1 + ((i % columns) + 0.5) * cell;
        const y = box.y - around.y + 1 + (Math.floor(i / columns) + 0.5) * cell;
        const start = 4 * (Math.floor(y) * canvas.width + Math.floor(x));
        return [...(pixels?.subarray(start, start + 3) ?? [])];
      });
    },
    { strip, columns },
  );
}

async function limitOf(page: Page, name: string): Promise<number> {
  const text = await page.textContent(`[data-limit="${name}"]`);
  return Number(/[\d.]+$/.exec(text ?? "")?.[0]);
}

function valuesOf({ shape, values }: HostTensor, map: number): number[] {
  const maps = shape.at(-1) ?? 1;
  return Array.from(values.filter((_, i) => i % maps === map));
}

const SMALL: readonly Block[] = [block({ filters: 3, size: 3 }), block({ filters: 2, size: 3, pool: "none" })];
const SMALL_ADDRESS = "blocks=3x3-same-max,2x3-same-none";

describe.each(["wasm", "webgpu"])("the network's picture: %s", (compute) => {
  test("shows the numbers of the library, in the colours of its limits", async () => {
    const page = await open(`compute=${compute}&theme=light&${SMALL_ADDRESS}&drawing=${DRAWING}`);
    await page.waitForSelector('[data-limit="a2"]');
    await expect.poll(() => page.textContent(".prediction")).toContain("%");
    const { pass, kernel } = await computed(SMALL);
    const expectColours = async (strip: string, tensor: HostTensor | undefined, columns: number) => {
      if (!tensor) throw new Error(`no ${strip}`);
      const limit = await limitOf(page, strip);
      const colours = strip.startsWith("a") || strip.startsWith("p") ? teal(limit) : blueRed(limit);
      const found = await coloursOf(page, strip, 1, columns);
      const expected = valuesOf(tensor, 1).map((value) => colours.rgb(value));
      expect(found).toHaveLength(expected.length);
      const apart = found.flatMap((rgb, i) => rgb.map((share, c) => Math.abs(share - (expected[i]?.[c] ?? 0))));
      expect(Math.max(...apart)).toBeLessThanOrEqual(3);
    };
    await expectColours("z1", pass.values["z1"], 28);
    await expectColours("p1", pass.values["p1"], 14);
    await expectColours("a2", pass.values["a2"], 14);
    await expectColours("w1", kernel, 3);
    const shares = await page.locator(".prediction li").allTextContents();
    const best = pass.probabilities.indexOf(Math.max(...pass.probabilities));
    expect(shares[best]).toMatch(new RegExp(`^${best}${Math.round(100 * Math.max(...pass.probabilities))}\\s%`));
    expect(shares[best]).toContain("its guess");
  });
});

const hashOf = (page: Page) => page.evaluate(() => location.hash);

test("the columns' controls change the network, and the address with it", async () => {
  const page = await open(`compute=wasm&${SMALL_ADDRESS}`);
  const z1 = page.getByRole("group", { name: "Maps of convolution 1" });
  await expect.poll(() => z1.getByRole("button").count()).toBe(3);
  await page.getByRole("button", { name: "One filter more in convolution 1" }).click();
  await expect.poll(() => z1.getByRole("button").count()).toBe(4);
  await page.getByLabel("Size of the filters of convolution 1").selectOption("5 × 5");
  await page.getByLabel("Stride of convolution 1").selectOption("stride 2");
  await page.getByLabel("Padding of convolution 1").selectOption("valid");
  await page.getByLabel("Pool of block 2").selectOption("average");
  await page.getByLabel("Activation of all convolutions").selectOption("tanh");
  await page.getByRole("button", { name: "+ convolution" }).click();
  await expect
    .poll(() => hashOf(page))
    .toContain("blocks=4x5s2-valid-max%2C2x3-same-average%2C2x3-same-max&activation=tanh".replaceAll("%2C", ","));
  await page.getByRole("button", { name: "Remove convolution 2" }).click();
  await expect.poll(() => hashOf(page)).toContain("blocks=4x5s2-valid-max,2x3-same-max");
  await expect.poll(() => page.textContent('[data-limit="a1"]')).toMatch(/^±/);
});

test("a choice that does not fit is said in words, and leaves the picture", async () => {
  const page = await open("compute=wasm&blocks=2x7-valid-max,2x7-valid-max");
  const maps = page.getByRole("group", { name: "Maps of pool 2" }).getByRole("button");
  await expect.poll(() => maps.count()).toBe(2);
  await page.getByRole("button", { name: "+ convolution" }).click();
  await page.getByLabel("Size of the filters of convolution 3").selectOption("7 × 7");
  await page.getByLabel("Padding of convolution 3").selectOption("valid");
  await expect
    .poll(() => page.locator(".network [role=alert]").textContent())
    .toContain("A 7 × 7 filter does not fit into the 2 × 2 maps");
  await expect.poll(() => maps.count()).toBe(2);
  await page.getByRole("button", { name: "Back to the network before" }).click();
  await expect.poll(() => page.locator(".network [role=alert]").count()).toBe(0);
});

test("an address that asks for a network that cannot be says why, and gets the first one", async () => {
  const page = await open("compute=wasm&blocks=2x7-valid-max,2x7-valid-max,2x7-valid-none");
  await page.waitForSelector("[data-activity=paused]");
  await expect.poll(() => page.locator("[role=alert]").allTextContents()).toHaveLength(1);
  await page.getByRole("button", { name: "Step" }).click();
  await expect.poll(() => page.textContent("h1")).toMatch(/it reads/);
});

test("a map leads inside: by the mouse and by the keyboard alone", async () => {
  const page = await open("compute=wasm");
  await page.getByRole("button", { name: "map 3 of pool 2, open inside" }).click();
  await expect.poll(() => hashOf(page)).toContain("room=inside&station=p2&map=2");
  await page.goBack();
  await page.getByRole("button", { name: "map 3 of pool 2, open inside" }).waitFor();
  await page.getByLabel("Padding of convolution 1").focus();
  const name = () => page.evaluate(() => document.activeElement?.getAttribute("aria-label"));
  await page.keyboard.press("Tab");
  await expect.poll(() => name()).toBe("Remove convolution 1");
  await page.keyboard.press("Tab");
  await expect.poll(() => name()).toBe("filter 1 of convolution 1, open inside");
  await page.keyboard.press("Tab");
  await expect.poll(() => name()).toBe("map 1 of convolution 1, open inside");
  await page.keyboard.press("ArrowDown");
  await expect.poll(() => name()).toBe("map 2 of convolution 1, open inside");
  await page.keyboard.press("Enter");
  await expect.poll(() => hashOf(page)).toContain("room=inside&map=1&compute");
});

test.each([
  { address: "", widths: [360, 390, 768, 1024, 1280, 1440, 1920] },
  { address: "&data=fashion&activation=leakyRelu&blocks=2x3-same-max,3x7-valid-none", widths: [360, 1024, 1280, 1440] },
])("nothing overlaps and nothing is wider than the screen: $address", async ({ address, widths }) => {
  const page = await open(`compute=wasm${address}`);
  await expect.poll(() => page.textContent(".prediction")).toContain("%");
  for (const width of widths) {
    await page.setViewportSize({ width, height: 900 });
    await expect.poll(() => page.locator(".network").evaluate((network) => network.clientWidth)).toBeLessThan(width);
    await page.waitForTimeout(100);
    const found = await page.evaluate(() => {
      const rects = [
        ...document.querySelectorAll(
          ".network :is(.head > *, .caption > *, .captions > span, .strip button, .prediction li, .examples button)",
        ),
      ]
        .map((element) => ({
          words: element.getAttribute("aria-label") ?? element.textContent ?? "",
          ...words(element),
        }))
        .filter(({ right, left }) => right > left);
      /** The text of an element, which may be narrower or wider than the element. */
      function words(element: Element) {
        const range = document.createRange();
        range.selectNodeContents(element);
        const { left, right, top, bottom } = (element.matches("button, li") ? element : range).getBoundingClientRect();
        return { left, right, top, bottom };
      }
      const pairs = rects.flatMap((a, i) =>
        rects
          .slice(i + 1)
          .filter((b) => a.left < b.right - 1 && b.left < a.right - 1 && a.top < b.bottom - 1 && b.top < a.bottom - 1)
          .map((b) => `${a.words} | ${b.words}`),
      );
      return { pairs, beyond: document.documentElement.scrollWidth - innerWidth };
    });
    expect({ width, ...found }).toEqual({ width, pairs: [], beyond: 0 });
  }
});

test("a finger opens a map on a phone", async () => {
  const page = await open("compute=wasm", { viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true });
  await page.getByRole("button", { name: "Filter of the next map" }).tap();
  await expect
    .poll(() =>
      page.getByRole("group", { name: "Filters of convolution 2" }).getByRole("button").getAttribute("aria-label"),
    )
    .toBe("filter 2 of convolution 2, open inside");
  await page.getByRole("button", { name: "map 4 of ReLU 1, open inside" }).tap();
  await expect.poll(() => hashOf(page)).toContain("room=inside&station=a1&map=3");
});

test("another picture is a click away", async () => {
  const page = await open("compute=wasm");
  await page.getByRole("button", { name: "Look at: 7" }).click();
  const told = page.locator(".prediction li", { hasText: /the truth|right/ });
  await expect.poll(() => told.first().textContent()).toMatch(/^7/);
  await expect.poll(() => page.textContent(".picture p")).toContain("a test digit: 7");
  await expect.poll(() => hashOf(page)).toContain("example=7");
});

test("of one's own pictures nothing is said before there is one; the parts of a filter have their colours' names", async () => {
  const page = await open("compute=wasm&data=own");
  await page.waitForSelector("[data-limit=w1]");
  await expect.poll(() => page.textContent(".large-picture")).toBe("Your first picture comes here");
  await expect.poll(() => page.textContent(".prediction")).not.toContain("%");
  await expect.poll(() => page.locator(".part").allTextContents()).toEqual(["R", "G", "B"]);
  await expect
    .poll(() => page.getByRole("button", { name: /^filter 1 of convolution 1/ }).getAttribute("aria-label"))
    .toContain("its parts for red, green and blue");
});

test("the filters before the first step have a colour limit of their own", async () => {
  const page = await open("compute=wasm&steps=60");
  await page.waitForSelector("[data-activity=paused]");
  await expect.poll(() => limitOf(page, "w1")).toBeGreaterThan(await limitOf(page, "s1"));
  // The largest of the small numbers is as dark as the largest of now.
  const darkest = () =>
    page.locator("canvas[data-strip=s1]").evaluate((canvas) => {
      if (!(canvas instanceof HTMLCanvasElement)) return 0;
      const pixels = canvas.getContext("2d")?.getImageData(0, 0, canvas.width, canvas.height).data ?? [];
      return Math.max(
        ...Array.from({ length: pixels.length / 4 }, (_, i) =>
          (pixels[4 * i + 3] ?? 0) > 0
            ? 765 - (pixels[4 * i] ?? 0) - (pixels[4 * i + 1] ?? 0) - (pixels[4 * i + 2] ?? 0)
            : 0,
        ),
      );
    });
  await expect.poll(darkest).toBeGreaterThan(400);
});

import type { Page } from "playwright";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Backend, createBackend } from "webgpu-cnn";
import { channelsOf, largest } from "../../../demo/images.js";
import { isSure } from "../../../demo/page/inside/backward/Sure.js";
import { arrivalOf, partsOf, traceOf } from "../../../demo/page/inside/backward/trace.js";
import { addsUp, unitOf } from "../../../demo/page/inside/backward/units.js";
import { placeOf } from "../../../demo/page/inside/place.js";
import { backwardSizes, halfOf } from "../../../demo/page/inside/sizes.js";
import { cut, filterImage, gradientsOf, layerOf, mapsOf, valueAt } from "../../../demo/page/inside/values.js";
import { fixed, short } from "../../../demo/page/look/words.js";
import { STEPS } from "../../../demo/page/network/steps.js";
import { windowCorner } from "../../../demo/page/network/windows.js";
import { parseSettings } from "../../../demo/page/settings/notation.js";
import { blockOf, momentOf, settingsOf } from "../support/moment.js";
import { pageTests } from "../support/page.js";
import { pictureFile } from "../support/pictureFile.js";

const { open } = pageTests();

let backend: Backend;
beforeAll(async () => {
  backend = await createBackend({ kind: "wasm" });
});
afterAll(() => backend.destroy());

const BACKWARD = "room=inside&compute=wasm&direction=backward";
const waitFor = (page: Page, place: string) => page.waitForSelector(`[data-shown="${place}"]`);
const cells = (page: Page, table: string) => page.locator(`[data-table="${table}"] td`).allTextContents();

test("the mask marks every largest number, shares are equal, and poolBackward hands g on by them", async () => {
  const a = { shape: [1, 2, 2, 1], values: Float32Array.of(3, 1, 3, 0) };
  const da = { shape: [1, 1, 1, 1], values: Float32Array.of(2) };
  const cell = { row: 0, column: 0 };
  const max = await STEPS.poolStep(backend, { mode: "max", a, map: 0, cell, da });
  expect([...max.mask]).toEqual([1, 0, 1, 0]);
  expect([...max.back]).toEqual([2, 0, 2, 0]);
  expect([max.value, max.whole]).toEqual([3, 3]);
  const average = await STEPS.poolStep(backend, { mode: "average", a, map: 0, cell, da });
  expect([...average.shares]).toEqual([0.5, 0.5, 0.5, 0.5]);
  expect([...average.back]).toEqual([0.5, 0.5, 0.5, 0.5]);
  expect(average.value).toBe(1.75);
  const forward = await STEPS.poolStep(backend, { mode: "average", a, map: 0, cell, da: undefined });
  expect([forward.value, forward.back.length, forward.shares.length]).toEqual([1.75, 0, 0]);
});

test("numbers of one unit, that add up as they are written or say that they are rounded", () => {
  expect(addsUp(["0.1", "−0.3", "9.5"], "9.4")).toBe(true);
  expect(addsUp(["0.4", "0.4", "0.4"], "2")).toBe(true);
  expect(addsUp(["0.04", "0.04", "0.04"], "0.15")).toBe(false);
  const { small, decimals } = unitOf(0.05);
  expect([-0.0002, 0.00002, 0.0226].map(small)).toEqual(["−.2", "0", "23"]);
  expect(decimals).toBe(3);
});

test("a network is sure when its loss is almost 0", () => {
  expect([{ loss: 0.0004 }, { loss: 0.2 }, { loss: undefined }].map(isSure)).toEqual([true, false, false]);
});

const SLOPES = {
  relu: (z: number) => (z > 0 ? 1 : 0),
  leakyRelu: (z: number) => (z > 0 ? 1 : 0.01),
  tanh: (z: number) => 1 - Math.tanh(z) ** 2,
  sigmoid: (z: number) => Math.exp(-z) / (1 + Math.exp(-z)) ** 2,
};

test.each(["relu", "leakyRelu", "tanh", "sigmoid"] as const)(
  "a gradient goes through %s by its slope",
  async (activation) => {
    const { pass } = await momentOf(backend, `activation=${activation}`);
    const [z, da, dz] = [pass.values["z2"], pass.gradients["a2"], pass.gradients["z2"]].map((tensor) => tensor?.values);
    if (!z || !da || !dz) throw new Error("no gradients");
    expect(dz.some((value) => value !== 0)).toBe(true);
    for (const [i, value] of z.entries()) expect(dz[i]).toBeCloseTo(SLOPES[activation](value) * (da[i] ?? 0), 6);
    const { slope } = await STEPS.gateStep(backend, { activation, z: -0.7, gradient: 1 });
    expect(slope).toBeCloseTo(SLOPES[activation](-0.7), 6);
  },
);

const PLACES = [
  { network: "", station: "p2", map: 2, source: 4, cell: "1-2" },
  { network: "", station: "p1", map: 3, source: 0, cell: "5-6" },
  { network: "blocks=4x3-same-average&activation=sigmoid", station: "p1", map: 1, source: 0, cell: "6-6" },
];

test.each(PLACES)("the numbers of each station are the library's: $station $network", async ({ network, ...at }) => {
  const { station, map, source, cell } = at;
  const page = await open(`${BACKWARD}&${network}&station=${station}&map=${map}&source=${source}&cell=${cell}`);
  await waitFor(page, `${station} ${map} ${cell.replace("-", " ")}`);
  const moment = await momentOf(backend, network);
  const { pass } = moment;
  const block = blockOf(moment, Number(station.slice(1)));
  const settings = settingsOf(parseSettings(`station=${station}&map=${map}&source=${source}&cell=${cell}`));
  const place = placeOf(settings, moment.stations);
  if (!place || !block.pool) throw new Error("no place");
  const trace = traceOf(moment, block, { ...place, source });
  const { format, decimals } = unitOf(
    largest([block.last, block.activation, block.convolution].flatMap((of) => gradientsOf(moment, of))),
  );

  // The loss, and what arrives.
  await expect
    .poll(() => page.locator("[data-gradient]").allTextContents())
    .toEqual(Array.from(pass.gradients["scores"]?.values ?? [], format));
  await expect
    .poll(() => page.textContent("[data-result=loss]"))
    .toBe(fixed(pass.loss ?? Number.NaN, Math.max(3, decimals)));
  const question = arrivalOf(moment, block, trace);
  if (!question) throw new Error("nothing arrives");
  const { sums, total } = await STEPS.chainStep(backend, question);
  await expect
    .poll(() => page.locator(".of-arrival tbody td:last-child").allTextContents())
    .toEqual(Array.from(sums, format));
  await expect.poll(() => page.textContent("[data-result=g]")).toBe(format(total));

  // The pool.
  const [a, da] = [pass.values[block.activation.name], pass.gradients[block.pool.name]];
  const mode = block.block.pool;
  if (!a || mode === "none") throw new Error("no pool");
  const pool = await STEPS.poolStep(backend, { mode, a, map, cell: trace.cell, da });
  await expect.poll(() => cells(page, "pool-window")).toEqual(Array.from(pool.window, short));
  await expect.poll(() => cells(page, "pool-back")).toEqual(Array.from(pool.back, format));
  await expect.poll(() => page.textContent(".of-pool .calls")).toContain(`poolBackward(dA, cache, "${mode}")`);
  expect(pool.back[trace.chosen]).toBe(valueAt(gradientsOf(moment, block.activation)[map], trace.z));
  const tie = pool.mask.reduce((count, marked) => count + marked, 0) > 1;
  await expect.poll(() => page.locator(".tie").count()).toBe(tie ? 1 : 0);

  // The activation, and the convolution.
  const z = valueAt(mapsOf(moment, block.convolution)[map], trace.z);
  await expect.poll(() => cells(page, "gate-number")).toEqual([short(z)]);
  const dz = valueAt(gradientsOf(moment, block.convolution)[map], trace.z);
  await expect.poll(() => cells(page, "gate-back")).toEqual([format(dz)]);
  const layer = layerOf(moment, block);
  if (!layer) throw new Error("no layer");
  const [alone] = await STEPS.convGradients(backend, { layer, parts: partsOf(moment, block, trace, false) });
  if (!alone) throw new Error("no gradients");
  const { size } = block.block;
  const corner = windowCorner(block.block, block.margins, trace.z);
  await expect
    .poll(() => cells(page, "dx-adds"))
    .toEqual(cut(channelsOf(alone.dx, 0)[source], corner, size).map(format));
  const filter = cut(filterImage(alone.dw, source, map), { row: 0, column: 0 }, size);
  await expect.poll(() => cells(page, "dw-adds")).toEqual(filter.map(format));
});

test("a click on any map of gradients chooses a cell, and what is pointed at is marked in tables and maps", async () => {
  const page = await open(`${BACKWARD}&station=p1&map=1&cell=5-5`);
  await waitFor(page, "p1 1 5 5");
  const map = page.getByRole("button", { name: /^Gradient of Picture/ });
  const box = await map.boundingBox();
  if (!box) throw new Error("no map");
  const scale = box.width / 28;
  await map.click({ position: { x: 20.5 * scale, y: 10.5 * scale } });
  await waitFor(page, "p1 1 5 10");
  // The window lies around that cell, so its place in the tables is marked.
  await map.hover({ position: { x: 20.5 * scale, y: 10.2 * scale } });
  await expect.poll(() => page.locator(".of-conv td.pointed").count()).toBe(4);
  await page.locator('[data-table="dw-adds"] td').nth(3).hover();
  await expect.poll(() => page.locator('.of-conv td.pointed[data-index="3"]').count()).toBe(4);
  await expect.poll(() => page.locator(".of-conv .frame.thin").count()).toBe(2);
  await page.getByRole("img", { name: /^Gradient of filter 2/ }).hover({ position: { x: 2, y: 2 } });
  await expect.poll(() => page.locator('.of-conv td.pointed[data-index="0"]').count()).toBe(4);
  await page.locator('[data-table="pool-back"] td').nth(2).hover();
  await expect.poll(() => page.locator('.of-pool td.pointed[data-index="2"]').count()).toBe(3);
  await page.locator(".of-loss tbody tr").nth(7).hover();
  await expect.poll(() => page.locator("tr.pointed").count()).toBe(1);
});

test("g flies to where it lands, once for each step, and never where less motion is wanted", async () => {
  const flown = (page: Page) => page.getAttribute(".flights", "data-flown");
  const page = await open(`${BACKWARD}&station=p2&map=2&cell=1-2`);
  await waitFor(page, "p2 2 1 2");
  // To the winner, through ReLU, and to both gradients.
  await expect.poll(() => flown(page)).toBe("4");
  await page.getByRole("button", { name: "Next", exact: true }).click();
  await waitFor(page, "p2 2 1 3");
  await expect.poll(() => flown(page)).toBe("8");
  await expect.poll(() => page.evaluate(() => document.getAnimations().length)).toBe(0);
  const flight = page.locator(".flights span").first();
  await expect.poll(() => flight.evaluate((span) => getComputedStyle(span).opacity)).toBe("0");

  await page.emulateMedia({ reducedMotion: "reduce" });
  await page.getByRole("button", { name: "Next", exact: true }).click();
  await waitFor(page, "p2 2 1 4");
  await expect.poll(() => flown(page)).toBe("8");
});

test("each colour of a picture is reached; a network that is sure says so, and can start over", async () => {
  const page = await open("compute=wasm&data=own&blocks=2x3-same-max");
  for (const [n, colour] of ["red", "blue"].entries()) {
    await page.getByLabel(`Choose pictures of Class ${n + 1}`).setInputFiles(pictureFile(colour));
  }
  await expect.poll(() => page.locator(".own-pictures button").count()).toBe(2);
  await page.evaluate((hash) => {
    location.hash = hash;
  }, `${BACKWARD}&data=own&blocks=2x3-same-max&station=p1&map=1&cell=5-5`);
  await waitFor(page, "p1 1 5 5");
  // More colours than filters.
  for (const [n, colour] of ["red", "green", "blue"].entries()) {
    await page.locator(".of-conv select").selectOption(colour);
    await expect.poll(() => page.getByRole("button", { name: `Gradient of Picture, map ${n + 1}` }).count()).toBe(1);
  }

  await page.getByRole("button", { name: "Train it" }).click();
  const renew = page.getByRole("button", { name: "Take the network of now" });
  const title = async () => {
    if (await renew.isVisible()) await renew.click();
    return page.textContent("h1");
  };
  await expect.poll(title, { timeout: 40_000 }).toMatch(/^It is sure that this is Class 1/);
  await page.getByRole("button", { name: "Pause the training" }).click();
  await page.getByRole("button", { name: "Start the network over, untrained" }).click();
  await expect.poll(() => page.textContent("h1")).not.toMatch(/It is sure/);
});

test("filters of 7 × 7 have room, however wide the page is", async () => {
  const page = await open(`${BACKWARD}&station=p1&blocks=6x7-same-max,6x7-valid-max&cell=4-4`);
  await waitFor(page, "p1 0 4 4");
  for (const width of [1440, 1280, 1024, 768, 360]) {
    await page.setViewportSize({ width, height: 900 });
    await expect.poll(() => tooLarge(page), { message: `${width} pixels wide` }).toEqual([]);
  }

  for (const size of [3, 5, 7]) {
    for (const room of [328, 358, 688, 944, 1200, 1360, 1440]) {
      const { form, cell, map } = backwardSizes(room, size, 3);
      if (form === "wide") expect(2 * halfOf(size, cell) + 16 + 3 * map + 228 + 4 * 24).toBeLessThanOrEqual(room);
      else expect(cell * size * (form === "narrow single" ? 1 : 2)).toBeLessThanOrEqual(room);
    }
  }
});

/** Numbers that are too long for their cells, and what is wider than its column. */
const tooLarge = (page: Page) =>
  page.evaluate(() => {
    const found: string[] = [];
    for (const cell of document.querySelectorAll("td")) {
      if (cell.scrollWidth > cell.clientWidth + 1) found.push(`"${cell.textContent}" is too long`);
    }
    for (const column of document.querySelectorAll("section.column")) {
      const { left, right } = column.getBoundingClientRect();
      for (const part of column.querySelectorAll("table, math, .place, p")) {
        const box = part.getBoundingClientRect();
        if (box.left < left - 1 || box.right > right + 1)
          found.push(`${part.outerHTML.slice(0, 60)} leaves its column`);
      }
    }
    return found;
  });

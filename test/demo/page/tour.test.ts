import type { Page } from "playwright";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Backend, createBackend } from "webgpu-cnn";
import { partsOf, traceOf } from "../../../demo/page/inside/backward/trace.js";
import { blockPlace, placeOf } from "../../../demo/page/inside/place.js";
import { hardItem, LEAST_LOSS, tells, tourStep } from "../../../demo/page/inside/tour.js";
import type { Moment } from "../../../demo/page/inside/useMoment.js";
import { cut, gradientsOf, layerOf, mapsOf, valueAt } from "../../../demo/page/inside/values.js";
import { short } from "../../../demo/page/look/words.js";
import { type Architecture, stationsOf } from "../../../demo/page/network/architecture.js";
import { carry } from "../../../demo/page/network/carry.js";
import { STEPS } from "../../../demo/page/network/steps.js";
import { pooledCell, pooledFrom, windowCorner } from "../../../demo/page/network/windows.js";
import { INITIAL } from "../../../demo/page/settings/settings.js";
import { digit, trainedBy } from "../support/moment.js";
import { pageTests } from "../support/page.js";
import { pictureFile } from "../support/pictureFile.js";

const { open } = pageTests();

let backend: Backend;
beforeAll(async () => {
  backend = await createBackend({ kind: "wasm" });
});
afterAll(() => backend.destroy());

/** As a number is written. */
const shows = (value: number) => short(value) !== "0.00";

function placeAt(moment: Moment, guide: number) {
  const settings = { ...INITIAL, ...tourStep(moment, guide) };
  const place = placeOf(settings, moment.stations);
  const at = place && blockPlace(moment.architecture, moment.stations, place.station.block);
  return { settings, place, at };
}

describe.each([
  ["that is new", ""],
  ["of 10 steps", "steps=10"],
  ["of 250 steps, sure of its example", "steps=250&example=0"],
  ["with other layers", "steps=10&blocks=4x3s2-same-average,5x3-same-none&activation=tanh"],
  ["with an average pool after ReLU", "steps=10&blocks=6x5-same-average,6x3-same-average"],
])("every step of the tour has something to show, for a network %s", (_, address) => {
  let moment: Moment;
  beforeAll(async () => {
    const { moment: chosen, network, data, look, test } = await trainedBy(backend, address);
    moment = chosen;
    if (!tells(moment)) {
      const hard = hardItem(await test());
      if (hard === undefined) throw new Error("no hard digit");
      moment = await look(digit(data.test, hard));
    }
    await network.dispose();
    expect(moment.pass.loss).toBeGreaterThan(LEAST_LOSS);
  });

  test("a window becomes a number, and something of it is dropped", async () => {
    const { place, at } = placeAt(moment, 1);
    const layer = at && layerOf(moment, at);
    if (!place || !layer) throw new Error("no place");
    const answer = await STEPS.convStep(backend, { layer, map: place.map, cell: place.cell });
    expect(answer.products.values.filter(shows).length).toBeGreaterThan(3);
    expect(answer.z).toBeGreaterThan(0.1);
    expect(placeAt(moment, 2).place).toEqual(place);
    const pooled = at?.pool && pooledCell(place.cell, at.pool);
    if (!pooled) return;
    const [most = 0, second = 0, third = 0, least = 0] = pooledFrom(pooled)
      .map((cell) => valueAt(mapsOf(moment, at.convolution)[place.map], cell))
      .toSorted((a, b) => b - a);
    expect(shows(least) && least < 0, `${[most, second, third, least]}`).toBe(true);
    expect(shows(second) && second > 0 && short(second) !== short(most)).toBe(true);
    expect(short(most)).toBe(short(answer.z));
  });

  test("a gradient comes back to a filter that saw something", async () => {
    expect(shows(moment.pass.loss ?? 0)).toBe(true);
    const { place, at } = placeAt(moment, 4);
    const layer = at && layerOf(moment, at);
    if (!place || !layer) throw new Error("no place");
    const trace = traceOf(moment, at, place);
    const g = valueAt(gradientsOf(moment, at.last)[trace.map], trace.cell);
    const behind = valueAt(gradientsOf(moment, at.convolution)[trace.map], trace.z);
    expect(Math.abs(g)).toBeGreaterThan(1e-4);
    expect(Math.abs(behind)).toBeGreaterThan(1e-4);
    const corner = windowCorner(at.block, at.margins, trace.z);
    expect(cut(mapsOf(moment, at.reads)[place.source], corner, at.block.size).some(shows)).toBe(true);
    const [alone] = await STEPS.convGradients(backend, { layer, parts: partsOf(moment, at, trace, false) });
    expect(alone?.dw.values.some((value) => Math.abs(value) > 1e-4)).toBe(true);
    expect(alone?.dx.values.some((value) => Math.abs(value) > 1e-5)).toBe(true);
  });

  test("the last filter has weights of both signs and answers to something", () => {
    const { place, at } = placeAt(moment, 5);
    const weights = (moment.weights[0]?.kernel.values ?? []).filter(
      (_, i) => i % (at?.convolution.maps ?? 1) === place?.map,
    );
    expect(Math.max(...weights)).toBeGreaterThan(0.05);
    expect(Math.min(...weights)).toBeLessThan(-0.05);
    expect(
      valueAt(at && mapsOf(moment, at.convolution)[place?.map ?? 0], place?.cell ?? { row: 0, column: 0 }),
    ).toBeGreaterThan(0.05);
  });
});

test("the hardest digit is a misread one, then one that was hardly read", () => {
  const of = (predicted: number[], confidence: number[]) =>
    hardItem({
      step: 1,
      loss: 1,
      accuracy: 1,
      seconds: 1,
      labels: Uint8Array.of(1, 2, 3),
      predicted: Uint8Array.from(predicted),
      confidence: Float32Array.from(confidence),
    });
  expect(of([1, 5, 6], [0.2, 0.9, 0.6])).toBe(2);
  expect(of([1, 2, 3], [0.7, 0.99, 0.6])).toBe(2);
  expect(of([1, 2, 3], [0.99, 0.98, 0.97])).toBeUndefined();
});

test("a network shows its start again, to the same bits", async () => {
  const { network, data } = await trainedBy(backend, "");
  const example = digit(data.test, 3);
  const before = await network.snapshot(example);
  for (let step = 0; step < 2; step++) await network.train({ ...data, train: data.test });
  const after = await network.startSnapshot(example);
  expect(after.weights).toEqual(before.weights);
  expect(after.pass?.values).toEqual(before.pass?.values);
  await network.dispose();
});

test("where a filter answers most is the largest number of its map", async () => {
  const { moment, network, data, look } = await trainedBy(
    backend,
    "blocks=3x3-same-max,4x5s2-same-average,3x3-valid-none",
  );
  const examples = [0, 1, 2].map((n) => digit(data.test, n));
  const values = Float32Array.from(examples.flatMap(({ picture }) => [...picture.values]));
  const pictures = { shape: [3, 28, 28, 1], values };
  const moments = await Promise.all(examples.map(look));
  for (const block of [1, 2, 3]) {
    const { architecture, weights } = moment;
    const answers = await STEPS.strongest(backend, { architecture, weights, pictures, block, map: 2 });
    for (const [n, { cell, z, window }] of answers.entries()) {
      const at = moments[n] && blockPlace(architecture, moment.stations, block);
      if (!at || !moments[n]) throw new Error("no block");
      const map = mapsOf(moments[n], at.convolution)[2];
      const all = Array.from({ length: (map?.height ?? 0) * (map?.width ?? 0) }, (_, i) =>
        valueAt(map, { row: Math.floor(i / (map?.width ?? 1)), column: i % (map?.width ?? 1) }),
      );
      expect(z).toBeCloseTo(Math.max(...all), 5);
      expect(valueAt(map, cell)).toBeCloseTo(z, 5);
      const layer = layerOf(moments[n], at);
      if (!layer) throw new Error("no layer");
      const step = await STEPS.convStep(backend, { layer, map: 2, cell });
      for (const [i, value] of step.window.values.entries()) expect(window.values[i]).toBeCloseTo(value, 5);
    }
  }
  await network.dispose();
});

test("from layer to layer, a cell stays at its place of the picture", () => {
  const architecture: Architecture = { ...INITIAL, input: [28, 28, 1], classes: 10 };
  const stations = stationsOf(architecture);
  const from = (name: string, row: number, column: number, to: string) => {
    const [source, target] = [name, to].map((wanted) => stations.find((station) => station.name === wanted));
    if (!source || !target) throw new Error("no station");
    const { row: r, column: c } = carry(architecture, stations, { station: source, cell: { row, column } }, target);
    return [r, c];
  };
  // Padding keeps the place, a pool halves it, and a filter of 5 × 5 without padding takes two at each edge.
  expect(from("x", 14, 9, "z1")).toEqual([14, 9]);
  expect(from("z1", 14, 9, "p1")).toEqual([7, 4]);
  expect(from("p1", 7, 4, "z2")).toEqual([5, 2]);
  expect(from("z1", 14, 9, "z2")).toEqual([5, 2]);
  expect(from("p2", 2, 1, "z1")).toEqual([14, 10]);
  expect(from("z1", 0, 27, "z2")).toEqual([0, 9]);
  expect(from("z2", 5, 2, "scores")).toEqual([2, 1]);
});

const cells = async (page: Page, table: string) =>
  (await page.locator(`[data-table="${table}"] td`).allTextContents()).filter((text) => Number(text.replace("−", "-")));

test.each([
  ["", false],
  ["&steps=10", false],
  ["&steps=250&example=0", true],
] as const)("the numbers of the tour are on the page: room=inside%s", { timeout: 120_000 }, async (start, swaps) => {
  const page = await open(`room=inside&compute=wasm${start}`);
  const step = async (n: number) => {
    await expect.poll(() => page.textContent(".tour b")).toBe(String(n));
    await page.waitForSelector("main:not(:has(.waits))");
  };
  const next = () => page.getByRole("button", { name: "Next ›" }).click();
  await page.getByRole("button", { name: "Show me in 5 steps" }).click({ timeout: 100_000 });
  await step(1);
  for (const table of ["under", "filter", "products"]) await expect.poll(() => cells(page, table)).not.toEqual([]);
  await next();
  await step(2);
  await expect.poll(async () => (await cells(page, "four")).filter((text) => text.startsWith("−"))).not.toEqual([]);
  expect((await cells(page, "after")).length).toBeGreaterThan(1);
  await expect.poll(() => page.locator('[data-table="after"] .dropped').count()).toBeGreaterThan(0);
  await expect
    .poll(() => page.textContent(".words p"))
    .toMatch(/here of −\d\.\d\d.*\d\.\d\d goes on, \d\.\d\d is dropped/);
  await next();
  await step(3);
  await expect.poll(async () => Number(await page.textContent("[data-result=loss]"))).toBeGreaterThan(LEAST_LOSS);
  await next();
  await step(4);
  for (const table of ["pool-window", "pool-back"]) await expect.poll(() => cells(page, table)).not.toEqual([]);
  await expect.poll(() => page.textContent("[data-result=g]")).toMatch(/[1-9]/);
  await expect.poll(() => page.locator("section[inert]").count()).toBe(0);
  await next();
  await step(5);
  await expect.poll(() => page.locator("[data-answer]").count()).toBe(10);
  expect(Number(await page.locator("[data-answer]").first().getAttribute("data-answer"))).toBeGreaterThan(0);
  await page.getByRole("button", { name: "Look around" }).click();
  // What the visitor looked at is back.
  const address = () => new URL(page.url()).hash;
  await expect.poll(address).not.toMatch(/item|guide/);
  if (!swaps) return;
  // It says that it shows another picture. Whoever leaves it by a station has his own again.
  await expect.poll(async () => Number(await page.textContent(".thumbnail.number"))).toBeLessThan(LEAST_LOSS);
  await page.getByRole("button", { name: "Show me in 5 steps" }).click();
  await expect.poll(() => page.textContent(".instead")).toMatch(/another picture/);
  await expect.poll(address).toMatch(/item/);
  await page.getByRole("navigation").getByRole("button", { name: "Pool 1" }).click();
  await expect.poll(address).toMatch(/station=p1/);
  await expect.poll(address).not.toMatch(/item|guide/);
});

test("of a network that is sure of all, the tour shows the start, and at its end what has become of it", async () => {
  const page = await open("compute=wasm&data=own");
  for (const [n, colour] of ["red", "blue"].entries()) {
    await page.getByLabel(`Choose pictures of Class ${n + 1}`).setInputFiles(pictureFile(colour));
  }
  await page.waitForSelector(".go .main:not(:disabled)");
  await page.getByRole("button", { name: "Train" }).click();
  const steps = async () => (await page.textContent(".learn-title .quiet"))?.match(/([\d,]+) steps/)?.[1] ?? "0";
  await expect.poll(async () => Number((await steps()).replace(",", "")), { timeout: 60_000 }).toBeGreaterThan(150);
  await page.getByRole("button", { name: "Pause" }).click();
  await page.waitForSelector("[data-activity=paused]");
  await page.getByRole("navigation").getByText("Inside").click();
  await page.waitForSelector("[data-shown]");
  const loss = async () => Number(await page.textContent(".thumbnail.number"));
  await expect.poll(() => loss()).toBeLessThan(LEAST_LOSS);
  await page.getByRole("button", { name: "Show me in 5 steps" }).click();
  await expect.poll(loss).toBeGreaterThan(LEAST_LOSS);
  await expect.poll(() => page.textContent(".notes")).toContain("before its first step");
  for (let n = 0; n < 4; n++) await page.getByRole("button", { name: "Next ›" }).click();
  await expect.poll(() => page.textContent("h1")).toMatch(/What [\d,]+ steps have made/);
  await expect.poll(loss).toBeLessThan(LEAST_LOSS);
});

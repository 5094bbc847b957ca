import type { Page } from "playwright";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Backend, createBackend } from "webgpu-cnn";
import type { HostTensor } from "../../../demo/images.js";
import { arrivalOf, limitsOf, partsOf, traceOf, unsignedOf } from "../../../demo/page/inside/backward/trace.js";
import { unitOf } from "../../../demo/page/inside/backward/units.js";
import { smallest } from "../../../demo/page/inside/parts/numbers.js";
import { aimAt, cellAt, placeOf } from "../../../demo/page/inside/place.js";
import { convSizes } from "../../../demo/page/inside/sizes.js";
import type { Moment } from "../../../demo/page/inside/useMoment.js";
import { layerOf, mapsOf, valueAt } from "../../../demo/page/inside/values.js";
import { short } from "../../../demo/page/look/words.js";
import { type Architecture, stationsOf } from "../../../demo/page/network/architecture.js";
import { STEPS } from "../../../demo/page/network/steps.js";
import { parseSettings } from "../../../demo/page/settings/notation.js";
import { type Cell, INITIAL, type Settings } from "../../../demo/page/settings/settings.js";
import { blockOf, momentOf, settingsOf } from "../support/moment.js";
import { pageTests } from "../support/page.js";

const { open } = pageTests();

let backend: Backend;
beforeAll(async () => {
  backend = await createBackend({ kind: "wasm" });
});
afterAll(() => backend.destroy());

const NETWORKS = [
  "",
  "blocks=4x3s2-same-average,5x3-same-none&activation=tanh",
  "blocks=3x7-valid-max&activation=leakyRelu",
];

describe.each(NETWORKS)("the steps are those of the network: %s", (address) => {
  let moment: Moment;
  beforeAll(async () => {
    moment = await momentOf(backend, address);
  });

  test("a single window gives the number of the map", async () => {
    for (const [n] of moment.architecture.blocks.entries()) {
      const at = blockOf(moment, n + 1);
      const layer = layerOf(moment, at);
      const { height, width, maps } = at.convolution;
      for (const cell of [
        { row: 0, column: 0 },
        { row: height - 1, column: width - 1 },
        { row: height >> 1, column: 1 },
      ]) {
        if (!layer) throw new Error("no layer");
        const { z, whole, total, bias, sums } = await STEPS.convStep(backend, { layer, map: maps - 1, cell });
        const expected = valueAt(mapsOf(moment, at.convolution)[maps - 1], cell);
        expect(z).toBeCloseTo(expected, 5);
        expect(whole.z).toBeCloseTo(expected, 5);
        expect(total + bias).toBeCloseTo(expected, 5);
        expect(sums.reduce((sum, part) => sum + part, 0)).toBeCloseTo(total, 5);
      }
    }
  });

  test("what arrives at a number adds up to its gradient", async () => {
    for (const [n] of moment.architecture.blocks.entries()) {
      const at = blockOf(moment, n + 1);
      const place = placeOf(
        settingsOf({ station: at.last.name, map: 1, cell: { row: 1, column: 2 } }),
        moment.stations,
      );
      if (!place) throw new Error("no place");
      const trace = traceOf(moment, at, place);
      const question = arrivalOf(moment, at, trace);
      const gradient = moment.pass.gradients[at.last.name]?.values[(1 * at.last.width + 2) * at.last.maps + 1] ?? 0;
      if (!question) expect(gradient).toBe(0);
      else expect((await STEPS.chainStep(backend, question)).total).toBeCloseTo(gradient, 5);
    }
  });

  test("filled window by window, the gradients are whole at the end", async () => {
    const at = blockOf(moment, 1);
    const layer = layerOf(moment, at);
    const cell = cellAt(at.last.height * at.last.width - 1, at.last);
    const place = placeOf(settingsOf({ station: at.last.name, map: at.last.maps - 1, cell }), moment.stations);
    if (!place || !layer) throw new Error("no place");
    const parts = partsOf(moment, at, traceOf(moment, at, place), true);
    const [alone, soFar] = await STEPS.convGradients(backend, { layer, parts });
    expect(Math.max(...(alone?.dx.values ?? []))).toBeLessThan(Infinity);
    expectClose(soFar?.dx.values, moment.pass.gradients["x"]?.values);
    expectClose(soFar?.dw.values, moment.pass.weightGradients[0]?.kernel.values);
    // Nor does any sum on the way leave the colours.
    const unsigned = unsignedOf(moment, at, layer);
    const [bounds] = unsigned ? await STEPS.convGradients(backend, unsigned) : [];
    const limits = limitsOf(moment, at, bounds);
    for (const n of [0, 20, 57, 101]) {
      const cell = cellAt(n, at.last);
      const trace = traceOf(moment, at, { ...place, map: n % at.last.maps, cell });
      const [, part] = await STEPS.convGradients(backend, { layer, parts: partsOf(moment, at, trace, true) });
      for (const value of part?.dx.values ?? []) expect(Math.abs(value)).toBeLessThanOrEqual(limits.dx * 1.0001);
      for (const value of part?.dw.values ?? []) expect(Math.abs(value)).toBeLessThanOrEqual(limits.dw * 1.0001);
    }
  });
});

function expectClose(actual: Float32Array | undefined, expected: Float32Array | undefined): void {
  expect(actual?.length).toBe(expected?.length);
  for (const [i, value] of (expected ?? []).entries()) expect(actual?.[i]).toBeCloseTo(value, 5);
}

test("the next station goes on with the same number, and the one before is where it comes from", () => {
  const architecture: Architecture = { ...INITIAL, input: [28, 28, 1], classes: 10 };
  const stations = stationsOf(architecture);
  const at = (changes: Partial<Settings>) => {
    const place = placeOf(settingsOf(changes), stations);
    if (!place) throw new Error("no place");
    return place;
  };
  const to = (name: string) => at({ station: name }).station;
  const pooled = aimAt(architecture, stations, at({ station: "a1", map: 2, cell: { row: 9, column: 13 } }), to("p1"));
  expect(pooled).toMatchObject({ station: "p1", map: 2, cell: { row: 4, column: 6 } });
  const before = at({ station: "z2", source: 3, cell: { row: 4, column: 4 } });
  expect(aimAt(architecture, stations, before, to("p1"))).toMatchObject({
    station: "p1",
    map: 3,
    cell: { row: 6, column: 6 },
  });
  // A cell, a map and a station that there are not any more.
  expect(at({ station: "z3", map: 15, cell: { row: 200, column: 3 } })).toMatchObject({
    station: { name: "z1" },
    map: 5,
    cell: { row: 27, column: 3 },
  });
});

test("on the way back, every station follows the same place of the same map", async () => {
  const moment = await momentOf(backend, "");
  const { stations } = moment;
  const of = (station: string, cell: Cell) => {
    const place = placeOf(settingsOf({ station, map: 3, cell }), stations);
    if (!place) throw new Error("no place");
    const at = blockOf(moment, place.station.block || (station === "x" ? 1 : 2));
    return traceOf(moment, at, { ...place, map: 3 });
  };
  const cell = { row: 7, column: 9 };
  for (const station of ["x", "z1", "a1"]) expect(of(station, { row: 15, column: 18 })).toMatchObject({ map: 3, cell });
  expect(of("p1", cell)).toMatchObject({ map: 3, cell });
  for (const station of ["p2", "scores", "loss"]) {
    expect(of(station, { row: 2, column: 3 })).toMatchObject({ map: 3, cell: { row: 2, column: 3 } });
  }
});

test("a station that is chosen on the way back is named, marked and in view", async () => {
  const page = await open("room=inside&compute=wasm&direction=backward&station=p2&map=3&cell=2-2", {
    viewport: { width: 390, height: 780 },
  });
  await waitFor(page, "p2 3 2 2");
  for (const name of ["Conv 2", "ReLU 2"]) {
    await page.evaluate(() => scrollTo(0, 0));
    await page.getByRole("navigation").getByRole("button", { name }).click();
    await expect.poll(() => page.textContent("h1")).toMatch(name);
    await expect.poll(() => page.textContent(".column[aria-current] h2")).toMatch(name.slice(0, 4));
    await expect
      .poll(() => page.locator(".column[aria-current]").evaluate((column) => column.getBoundingClientRect().top))
      .toBeLessThan(400);
  }
});

test("numbers fit into their cells", () => {
  expect([0.339, -0.02, 1.394, -12.4, 0, -0.001, 0.996].map(smallest)).toEqual([
    ".34",
    "−.02",
    "1.4",
    "−12",
    "0",
    "0",
    "1.0",
  ]);
  const { word, format } = unitOf(0.05);
  expect([word, format(0.0226), format(-0.16)]).toEqual(["thousandths", "22.6", "−160"]);
  for (const width of [328, 358, 688, 944, 1200, 1360, 1440]) {
    for (const size of [3, 5, 7]) {
      const { cell, read, tables } = convSizes(width, size, 34, 28);
      expect(Number.isInteger(read) && read >= 1).toBe(true);
      expect(cell * size * { row: 3, pairs: 2, single: 1 }[tables]).toBeLessThanOrEqual(width);
    }
  }
});

const shown = (page: Page) => page.getAttribute("[data-shown]", "data-shown");
const waitFor = (page: Page, place: string) => page.waitForSelector(`[data-shown="${place}"]`);
const cells = (page: Page, table: string) => page.locator(`[data-table="${table}"] td`).allTextContents();

describe.each(["wasm", "webgpu"])("the numbers on the page are the library's: %s", (compute) => {
  test("forward", async () => {
    const page = await open(`room=inside&compute=${compute}&station=z2&map=3&source=2&cell=4-5`);
    await waitFor(page, "z2 3 4 5");
    const moment = await momentOf(backend, "");
    const at = blockOf(moment, 2);
    const layer = layerOf(moment, at);
    if (!layer) throw new Error("no layer");
    const answer = await STEPS.convStep(backend, { layer, map: 3, cell: { row: 4, column: 5 } });
    const of = ({ values }: HostTensor) => Array.from({ length: 25 }, (_, i) => short(values[i * 6 + 2] ?? Number.NaN));
    await expect.poll(() => cells(page, "under")).toEqual(of(answer.window));
    await expect.poll(() => cells(page, "filter")).toEqual(of(answer.filter));
    await expect.poll(() => cells(page, "products")).toEqual(of(answer.products));
    await expect.poll(() => page.textContent("[data-result=z]")).toBe(short(answer.z));
    await expect.poll(() => page.getAttribute("[data-agreement]", "data-agreement")).toMatch(/same/);
  });
});

test("keys, clicks and the slider go from window to window, and the address follows", async () => {
  const page = await open("room=inside&compute=wasm&cell=5-5");
  await waitFor(page, "z1 0 5 5");
  await page.keyboard.press("ArrowRight");
  await waitFor(page, "z1 0 5 6");
  await page.keyboard.press("ArrowDown");
  await waitFor(page, "z1 0 6 6");
  await page.getByRole("button", { name: "Before", exact: true }).click();
  await waitFor(page, "z1 0 6 5");
  await page.getByRole("button", { name: "Filter 4" }).click();
  await waitFor(page, "z1 3 6 5");
  const map = page.locator("button.place").nth(1);
  const box = await map.boundingBox();
  await map.click({ position: { x: (20.5 * (box?.width ?? 0)) / 28, y: (10.5 * (box?.height ?? 0)) / 28 } });
  await waitFor(page, "z1 3 10 20");
  await page.getByRole("slider").fill("0");
  await waitFor(page, "z1 3 0 0");
  await page.keyboard.press(" ");
  await expect.poll(() => shown(page)).toMatch(/^z1 3 0 [1-9]/);
  await page.keyboard.press(" ");
  await expect.poll(() => page.getByRole("button", { name: "Play" }).count()).toBe(1);
  await expect.poll(() => parseSettings(new URL(page.url()).hash).map).toBe(3);
  await page.getByRole("button", { name: "ReLU 1 ›" }).click();
  await expect.poll(() => shown(page)).toMatch(/^a1 3/);
  await page.getByRole("button", { name: "Loss" }).click();
  await waitFor(page, "loss");
});

test("the room's style sheets hold in it: every map fills its place", async () => {
  const page = await open("room=inside&compute=wasm&cell=14-14");
  await waitFor(page, "z1 0 14 14");
  const places = await page.locator(".place").evaluateAll((elements) =>
    elements.map((element) => {
      const [place, map] = [element, element.querySelector("canvas")].map((part) => part?.getBoundingClientRect());
      return place && map && [map.left - place.left, map.right - place.left, place.width].map(Math.round);
    }),
  );
  expect(places.length).toBe(3);
  for (const [left = 0, right = 0, width = 0] of places.map((place) => place ?? [])) {
    expect([left, right]).toEqual([left, width - left]);
    expect(right - left).toBeGreaterThan(width / 2);
  }
});

test("a number that is pointed at is marked in every table and in the map", async () => {
  const page = await open("room=inside&compute=wasm&cell=14-14");
  await waitFor(page, "z1 0 14 14");
  await page.locator('[data-table="filter"] td').nth(7).hover();
  await expect.poll(() => page.locator('td.pointed[data-index="7"]').count()).toBe(3);
  await expect.poll(() => page.locator(".reads .frame.thin").count()).toBe(1);
  await page.locator('[data-table="under"]').focus();
  await page.keyboard.press("ArrowRight");
  await page.mouse.move(0, 0);
  await page.keyboard.press("ArrowDown");
  await expect.poll(() => page.locator("td.pointed").count()).toBe(3);
});

test("the tour leads from a window to what the filter learns, by keys alone", async () => {
  const page = await open("room=inside&compute=wasm");
  await page.getByRole("button", { name: "Show me in 5 steps" }).press("Enter");
  const titles: string[] = [];
  for (let step = 1; step <= 5; step++) {
    await expect.poll(() => page.locator(".tour b").textContent()).toBe(String(step));
    await page.waitForSelector("main:not(:has(.waits))");
    titles.push((await page.textContent("h1")) ?? "");
    expect((await page.locator("section[inert]").count()) > 0).toBe(step === 1);
    await page.getByRole("button", { name: step < 5 ? "Next ›" : "Look around" }).press("Enter");
  }
  expect(new Set(titles).size).toBe(5);
  await expect.poll(() => page.getByRole("button", { name: "Show me in 5 steps" }).count()).toBe(1);
});

test("a drawing has a loss once its visitor says what it is", async () => {
  const drawing = Buffer.alloc(784, 40).toString("base64url");
  const page = await open(`room=inside&compute=wasm&direction=backward&station=p2&drawing=${drawing}`);
  await expect.poll(() => page.textContent("h1")).toMatch(/no loss/);
  await page.locator(".ask").getByRole("button", { name: "7" }).click();
  await page.waitForSelector("[data-shown]");
  await expect.poll(() => page.locator("table.list .own th").first().textContent()).toBe("7");
});

test("a finger moves the window, on a phone", async () => {
  const page = await open("room=inside&compute=wasm&blocks=4x3s2-same-max&cell=27-27", {
    viewport: { width: 360, height: 740 },
    hasTouch: true,
  });
  // The stride has made the map smaller: the window is at its edge.
  await waitFor(page, "z1 0 13 13");
  const box = await page.locator("button.place").nth(1).boundingBox();
  if (!box) throw new Error("no map");
  await page.touchscreen.tap(box.x + (2.5 * box.width) / 14, box.y + (3.5 * box.height) / 14);
  await waitFor(page, "z1 0 3 2");
});

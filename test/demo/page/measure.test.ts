import { describe, expect, test } from "vitest";
import { type Kind, type Measured, type MeasuredCall, ofCeiling } from "../../../demo/page/measure/measurements.js";
import { operations, verdictOf } from "../../../demo/page/measure/verdict.js";
import { pageTests } from "../support/page.js";

const { open } = pageTests();

describe("measure", () => {
  test("both backends, right values, a verdict, and all as JSON", async () => {
    const page = await open("room=measure&compute=wasm");
    await page.getByRole("button", { name: "Measure", exact: true }).press("Enter");
    await page.getByText("All numbers as JSON").waitFor({ timeout: 250_000 });
    const measured: Measured = JSON.parse((await page.locator("pre").textContent()) ?? "");
    expect(measured.devices.map(({ kind, device }) => [kind, device?.kind])).toEqual([
      ["webgpu", "webgpu"],
      ["wasm", "wasm"],
    ]);
    expect(measured.calls.map(({ name }) => name)).toEqual([
      ...["small 8x8x4", "small 16x16x8", "E", "C", "D", "A", "B", "max 2x2", "average 2x2"].map(
        (name) => `${name} forward`,
      ),
    ]);
    for (const { name, speeds } of measured.calls) {
      for (const speed of [speeds.webgpu, speeds.wasm]) {
        expect(speed?.milliseconds, name).toBeGreaterThan(0);
        expect(speed?.errorOfBound, name).toBeLessThanOrEqual(1);
      }
    }
    const [verdict] = verdictOf(measured.calls, measured.training, {});
    await expect.poll(() => page.textContent("h1")).toBe(verdict);
    await expect.poll(() => page.locator(".measured > li").count()).toBe(measured.calls.length + 1);
    await expect.poll(() => page.getByRole("img", { name: /^The speed of the convolutions/ }).count()).toBe(1);
    await expect.poll(() => page.locator(".speed-chart svg polyline").count()).toBe(2);
    // It is still there after a look at another room.
    await page.getByRole("link", { name: "Learn" }).click();
    await page.getByRole("link", { name: "Measure" }).click();
    await expect.poll(() => page.textContent("h1")).toBe(verdict);
  });

  test("the network in Learn waits, and goes on when the measuring is stopped", async () => {
    const page = await open("compute=wasm");
    await page.getByRole("button", { name: "Train" }).click();
    await page.waitForSelector("[data-activity=running]");
    await page.getByRole("link", { name: "Measure" }).click();
    await page.getByRole("button", { name: "Measure", exact: true }).click();
    await page.getByText("The network in Learn waits").waitFor();
    await page.waitForSelector("[data-activity=paused]");
    await page.getByRole("button", { name: "Stop" }).click();
    await page.waitForSelector("[data-activity=running]");
  });
});

describe("the verdict", () => {
  const call = (flops: number, webgpu: number, wasm: number): MeasuredCall => ({
    name: `${flops}`,
    title: "",
    detail: "",
    group: "convolution",
    flops,
    bytes: 1,
    speeds: { webgpu: speed(webgpu), wasm: speed(wasm) },
  });
  const speed = (milliseconds: number) => ({
    milliseconds,
    samples: 1,
    runs: 1,
    firstMilliseconds: 1,
    errorOfBound: 0,
  });
  const say = (calls: readonly MeasuredCall[], reasons: Partial<Record<Kind, string>> = {}) =>
    verdictOf(calls, undefined, reasons)[0];

  test("says which backend is best for which size", () => {
    expect(say([call(1e4, 1, 2), call(1e8, 1, 12)])).toBe(
      "WebGPU is best here for every size of work, up to 12 times as fast",
    );
    expect(say([call(1e4, 2, 1), call(1e6, 2, 1), call(1e8, 1, 5)])).toBe(
      "WebAssembly is best here up to about 10 million operations a call, WebGPU beyond",
    );
    expect(say([call(1e4, 1, 2), call(1e6, 2, 1), call(1e8, 1, 5), call(1e9, 1, 9)])).toBe(
      "WebGPU is best here for most work, with one exception",
    );
    expect(say([call(1e4, 1, 2)], { webgpu: "no adapter" })).toBe(
      "WebAssembly is what this device has: there is no WebGPU here",
    );
    expect(say([])).toBeUndefined();
  });

  test("writes operations in words, and shares of the ceiling by the limit that binds", () => {
    expect([18_432, 4.4e6, 2.31e8, 1.48e10].map(operations)).toEqual([
      "18 thousand",
      "4 million",
      "230 million",
      "15 billion",
    ]);
    const limits = { flopsPerSecond: 1e9, bytesPerSecond: 1 };
    expect(ofCeiling(call(1e6, 1, 1), speed(2000), limits)).toBe(0.5);
  });
});

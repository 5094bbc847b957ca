import { describe, expect, test } from "vitest";
import { pageTests } from "../support/page.js";

const { open } = pageTests();

describe.each(["wasm", "webgpu"])("a network learns before your eyes: %s", (compute) => {
  test("it begins with a guess, and learns", async () => {
    const page = await open(`compute=${compute}`);
    expect(await page.getAttribute("[data-device]", "data-device")).toBe(compute);
    await page.getByRole("button", { name: "Train" }).click();
    await expect.poll(() => page.textContent("h1")).toMatch(/After \d+ seconds? it reads \d\d(\.\d)?\s% of the digits/);
    await page.getByRole("button", { name: "Pause" }).click();
    await expect.poll(() => page.getByRole("button", { name: "Go on" }).count()).toBe(1);
  });
});

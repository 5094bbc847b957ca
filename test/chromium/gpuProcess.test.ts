import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Page } from "playwright";
import { build } from "vite";
import { afterAll, beforeAll, expect, test } from "vitest";
import { selfImport } from "../../tools/self-import-plugin.js";
import { wgsl } from "../../tools/wgsl-plugin.js";
import { withPage } from "../support/page.js";
import type { Report } from "./gpuProcess.page.js";

// In a separate browser, because the crash takes every device of every page.

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "webgpu-cnn-"));
  await build({
    configFile: false,
    root: fileURLToPath(new URL(".", import.meta.url)),
    plugins: [wgsl(), selfImport()],
    logLevel: "error",
    build: { target: "es2023", outDir: folder, emptyOutDir: true },
  });
});
afterAll(() => rm(folder, { recursive: true }));

/** Crashes the GPU process during work, and checks the effects that every crash has. */
async function expectLossToBeTold(page: Page, validate: boolean): Promise<Report> {
  const report: Report = await page.evaluate(`crash(${validate})`);
  const lost = /^BackendLostError: (read: )?the device is lost \(.+\); make a new one with createBackend\(\)$/;
  expect(report.pending).toHaveLength(32);
  for (const end of [...report.pending, ...report.later]) expect(end).toMatch(lost);
  expect(report.lost).toMatch(/^unknown: ./);
  expect(report.memory).toMatchObject({ tensors: 0, liveBytes: 0, pooledBytes: 0 });
  expectReason(report.opened);
  expectReason(report.next);
  expect(report.maximum).toEqual([9]);
  expect(report.uncaptured).toEqual([]);
  return report;
}

function expectReason({ kind, reason }: Report["next"]): void {
  if (kind !== "webgpu") expect(reason).toMatch(/^createBackend: ./);
  else expect(reason).toBeUndefined();
}

test("a crash of the GPU process rejects everything that is pending, and the page goes on with a new backend", async () => {
  await withPage(folder, async (page, browser) => {
    const strayErrors: Error[] = [];
    page.on("pageerror", (error) => strayErrors.push(error));
    const session = await browser.newBrowserCDPSession();
    await page.exposeFunction("crashGPUProcess", () => session.send("Browser.crashGpuProcess"));
    const { next } = await expectLossToBeTold(page, false);
    expect(next.kind).toBe("webgpu");
    // After a second crash within minutes, Chromium refuses WebGPU to the page. The test also accepts a browser that does not.
    await expectLossToBeTold(page, true);
    expect(strayErrors).toEqual([]);
  });
});

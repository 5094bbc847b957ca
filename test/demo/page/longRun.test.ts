import { readFileSync } from "node:fs";
import type { Page } from "playwright";
import { expect, test } from "vitest";
import { pageTests } from "../support/page.js";

const { open } = pageTests();

/** Milliseconds of the processor: what a task takes on a machine that has nothing else to do. */
const LONGEST_TASK = 50;
const TRACED = 8_000;
const TRAINED = 60_000;
const MEBIBYTE = 1024 * 1024;
const MOST_GROWTH = 24 * MEBIBYTE;

interface TraceEvent {
  readonly name: string;
  readonly tid: number;
  readonly pid: number;
  /** Microseconds on the thread's own clock. */
  readonly tdur?: number;
  readonly args?: { readonly name?: string };
}

test("while the network learns, no task of the page's own thread takes long", async () => {
  const page = await open("compute=wasm", { viewport: { width: 1440, height: 900 } });
  await page.getByRole("button", { name: "Train" }).click();
  await page.waitForSelector("[data-activity=running]");
  // What is compiled and laid out once is not what keeps a page from answering.
  await page.waitForTimeout(1000);
  const browser = page.context().browser();
  if (!browser) throw new Error("the page has no browser");
  await browser.startTracing(page, { categories: ["toplevel", "disabled-by-default-devtools.timeline"] });
  await page.waitForTimeout(TRACED);
  const trace: { readonly traceEvents: readonly TraceEvent[] } = JSON.parse(String(await browser.stopTracing()));
  const tasks = tasksOfPage(trace.traceEvents);
  expect(tasks.length).toBeGreaterThan(20);
  const longest = Math.max(...tasks);
  console.log(`longest task ${longest.toFixed(1)} ms of ${tasks.length}`);
  expect(longest).toBeLessThan(LONGEST_TASK);
});

/** The processor's time for each task of the main threads of pages. */
function tasksOfPage(events: readonly TraceEvent[]): number[] {
  const mains = new Set(
    events
      .filter(({ name, args }) => name === "thread_name" && args?.name === "CrRendererMain")
      .map(({ pid, tid }) => `${pid} ${tid}`),
  );
  return events
    .filter(({ name, pid, tid, tdur }) => name.endsWith("RunTask") && tdur !== undefined && mains.has(`${pid} ${tid}`))
    .map(({ tdur = 0 }) => tdur / 1000);
}

test("a minute of training leaves the memory as it was", async () => {
  const page = await open("compute=wasm");
  await page.getByRole("button", { name: "Train" }).click();
  await page.waitForTimeout(TRAINED / 3);
  const before = await memoryOf(page);
  await page.waitForTimeout((2 * TRAINED) / 3);
  const after = await memoryOf(page);
  const [from, to] = [before, after].map((bytes) => `${(bytes / MEBIBYTE).toFixed(1)} MiB`);
  console.log(`the page and its worker take ${from}, later ${to}`);
  // The curves grow by some numbers a step.
  expect(after - before).toBeLessThan(MOST_GROWTH);
});

/** All that the page's process holds: the page, its worker, and WebAssembly's memory. */
async function memoryOf(page: Page): Promise<number> {
  const session = await page.context().newCDPSession(page);
  await session.send("HeapProfiler.collectGarbage");
  const browser = await page.context().browser()?.newBrowserCDPSession();
  const { processInfo = [] } = (await browser?.send("SystemInfo.getProcessInfo")) ?? {};
  const renderers = processInfo.filter(({ type }) => type === "renderer");
  const sizes = renderers.map(({ id }) =>
    Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${id}/status`, "utf8"))?.[1]),
  );
  return Math.max(...sizes) * 1024;
}

import type { Page } from "playwright";
import { expect, test } from "vitest";
import { type Memory, memoryOf } from "../support/memory.js";
import { pageTests } from "../support/page.js";

const { open } = pageTests();

/** Milliseconds of the processor: what a task takes on a machine that has nothing else to do. */
const LONGEST_TASK = 50;
const TRACED = 8_000;
const TRAINED = 60_000;
const MEBIBYTE = 1024 * 1024;
const MOST_HELD = 8 * MEBIBYTE;
const MOST_RESIDENT = 24 * MEBIBYTE;

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

test("a page that is far slower than its network stops when it shall", async () => {
  const page = await open("compute=wasm");
  await page.getByRole("button", { name: "Train" }).click();
  await page.waitForSelector("[data-activity=running]");
  const session = await page.context().newCDPSession(page);
  await session.send("Emulation.setCPUThrottlingRate", { rate: 20 });
  await page.waitForTimeout(TRACED);
  await page.getByRole("button", { name: "Pause" }).dispatchEvent("click");
  // With a queue of drawings, it takes several times as long as the network has learned.
  await page.waitForSelector("[data-activity=paused]", { timeout: 2 * TRACED });
});

test("a minute of training leaves the memory as it was", async () => {
  const page = await open("compute=wasm");
  await page.getByRole("button", { name: "Train" }).click();
  // By then all has run that runs once, on a slow machine too.
  await expect.poll(() => page.textContent("h1"), { timeout: 120_000 }).toMatch(/reads 9[78]/);
  const before = await memoryAtRest(page);
  await page.getByRole("button", { name: "Go on" }).click();
  await page.waitForTimeout(TRAINED);
  const after = await memoryAtRest(page);
  const inWords = ({ held, resident }: Memory) =>
    `${(held / MEBIBYTE).toFixed(1)} MiB (${(resident / MEBIBYTE).toFixed(1)} of the machine)`;
  console.log(`the page and its worker hold ${inWords(before)}, a minute later ${inWords(after)}`);
  // The curves grow by some numbers a step.
  expect(after.held - before.held).toBeLessThan(MOST_HELD);
  expect(after.resident - before.resident).toBeLessThan(MOST_RESIDENT);
});

/** While the network learns, there are always some messages on their way. */
async function memoryAtRest(page: Page): Promise<Memory> {
  await page.getByRole("button", { name: "Pause" }).click();
  await page.waitForSelector("[data-activity=paused]");
  return memoryOf(page);
}

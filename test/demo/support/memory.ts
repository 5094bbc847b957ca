import { readFileSync } from "node:fs";
import type { CDPSession, Page } from "playwright";

/** What a page and its worker take, in bytes. */
export interface Memory {
  /** What their programs still reach: objects, the document's nodes, buffers, and WebAssembly's memory. */
  readonly held: number;
  /** What the page's process has of the machine's memory. Allocators keep some of it for later. */
  readonly resident: number;
}

interface Heap {
  readonly usedSize: number;
  readonly embedderHeapUsedSize: number;
  readonly backingStorageSize: number;
}

/** Measures a page that has one worker, when the garbage of both is gone. */
export async function memoryOf(page: Page): Promise<Memory> {
  const session = await page.context().newCDPSession(page);
  const worker = await askingWorker(session);
  await session.send("HeapProfiler.collectGarbage");
  await worker<object>("HeapProfiler.collectGarbage");
  const heaps = [await session.send("Runtime.getHeapUsage"), await worker<Heap>("Runtime.getHeapUsage")];
  const resident = await residentOf(page);
  await session.detach();
  const sizes = heaps.flatMap((heap) => [heap.usedSize, heap.embedderHeapUsedSize, heap.backingStorageSize]);
  return { held: sizes.reduce((sum, size) => sum + size, 0), resident };
}

/** The way to ask the page's worker: Playwright's sessions reach pages only. */
async function askingWorker(session: CDPSession) {
  const attached = new Promise<string>((resolve) => {
    session.once("Target.attachedToTarget", ({ sessionId }) => resolve(sessionId));
  });
  await session.send("Target.setAutoAttach", { autoAttach: true, waitForDebuggerOnStart: false, flatten: false });
  const sessionId = await attached;
  let asked = 0;
  return <Answer>(method: string): Promise<Answer> => {
    const id = ++asked;
    const answered = new Promise<Answer>((resolve, reject) => {
      session.on("Target.receivedMessageFromTarget", (received) => {
        if (received.sessionId !== sessionId) return;
        const reply: { id?: number; result: Answer; error?: { message: string } } = JSON.parse(received.message);
        if (reply.id !== id) return;
        if (reply.error) reject(new Error(`${method}: ${reply.error.message}`));
        else resolve(reply.result);
      });
    });
    const sent = session.send("Target.sendMessageToTarget", { sessionId, message: JSON.stringify({ id, method }) });
    return sent.then(() => answered);
  };
}

async function residentOf(page: Page): Promise<number> {
  const session = await page.context().browser()?.newBrowserCDPSession();
  const { processInfo = [] } = (await session?.send("SystemInfo.getProcessInfo")) ?? {};
  await session?.detach();
  const sizes = processInfo
    .filter(({ type }) => type === "renderer")
    .map(({ id }) => Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${id}/status`, "utf8"))?.[1]));
  return Math.max(...sizes) * 1024;
}

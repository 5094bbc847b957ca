import { describe, expect, test } from "vitest";
import {
  type Backend,
  conv2d,
  createBackend,
  globalMaxPool2d,
  maxPool2d,
  reduceSum,
  valueAndGradients,
} from "webgpu-cnn";
import { openBackend } from "../../../src/backend/openBackend.js";
import { existing } from "../../../src/core/objects.js";
import { LAYOUT } from "../../../src/runtime/wasm/threads/layout.js";
import type { Thread, Threads } from "../../../src/runtime/wasm/threads/threads.js";
import { randomOperand } from "../../support/random.js";
import { restoreMemories, watchMemories } from "../../support/wasmMemory.js";

restoreMemories();

/** Operators with several jobs each, and their gradients. */
async function compute(backend: Backend): Promise<readonly Float32Array[]> {
  const upload = (shape: readonly number[], seed: number) => backend.tensor(randomOperand(shape, seed).data, shape);
  const [x, w, bias] = [upload([8, 40, 40, 9], 1), upload([3, 3, 9, 21], 2), upload([21], 3)];
  const { value, gradients } = valueAndGradients(
    () => reduceSum(maxPool2d(conv2d(x, w, { bias, padding: "same", activation: "relu" }), { windowDimensions: 2 })),
    [x, w, bias],
  );
  return Promise.all([value, ...gradients, globalMaxPool2d(x)].map((tensor) => tensor.read()));
}

const inNode = typeof process !== "undefined" && process.versions !== undefined;

/** Node's threads, with the handles that they gave. */
async function watchedThreads(): Promise<Threads & { readonly started: readonly Thread[] }> {
  const { nodeThreads } = await import("../../../src/runtime/wasm/threads/threads.node.js");
  const started: Thread[] = [];
  return {
    ...nodeThreads,
    started,
    async start(program, data) {
      const thread = await nodeThreads.start(program, data);
      started.push(thread);
      return thread;
    },
  };
}

function opened(threads: Threads, count: number): Promise<Backend> {
  return openBackend({ gpus: [], threads: async () => threads }, { kind: "wasm", threads: count });
}

describe.runIf(inNode)("threads in Node", () => {
  test("the same bits on one, two and three threads", async () => {
    const results: (readonly Float32Array[])[] = [];
    for (const threads of [1, 2, 3]) {
      const backend = await createBackend({ kind: "wasm", threads });
      expect(backend.info.threads).toBe(threads);
      results.push(await compute(backend));
      backend.destroy();
    }
    expect(results[1]).toEqual(results[0]);
    expect(results[2]).toEqual(results[0]);
  });

  test("a thread that is killed at work changes no result", async () => {
    const alone = await createBackend({ kind: "wasm", threads: 1 });
    const expected = await compute(alone);
    alone.destroy();
    const threads = await watchedThreads();
    const backend = await opened(threads, 3);
    for (const thread of threads.started) {
      const pending = compute(backend);
      thread.terminate();
      expect(await pending).toEqual(expected);
      await thread.ended;
      expect(await compute(backend)).toEqual(expected);
    }
    backend.destroy();
  });

  test("threads that do not start are left out", async () => {
    const { nodeThreads } = await import("../../../src/runtime/wasm/threads/threads.node.js");
    const start: Threads["start"] = () => Promise.reject(new Error("no room"));
    const backend = await opened({ ...nodeThreads, start }, 3);
    expect(backend.info).toMatchObject({ threads: 1, whyFewerThreads: "the engine did not start them all" });
    expect([...existing((await compute(backend))[0])]).toHaveLength(1);
    backend.destroy();
  });

  test("an engine without shared memory has one thread, and says why", async () => {
    watchMemories(undefined, ({ shared }) => {
      if (shared) throw new RangeError("no room");
    });
    const backend = await createBackend({ kind: "wasm", threads: 2 });
    expect(backend.info).toMatchObject({
      threads: 1,
      whyFewerThreads: "the engine gives no shared memory (no room)",
    });
    expect(await compute(backend)).toHaveLength(5);
    backend.destroy();
  });

  test("modules still reach the threads when the positions in their ring overflow", async () => {
    const { nodeThreads } = await import("../../../src/runtime/wasm/threads/threads.node.js");
    const alone = await createBackend({ kind: "wasm", threads: 1 });
    const expected = await compute(alone);
    alone.destroy();
    for (const bits of [31, 32]) {
      const memories: WebAssembly.Memory[] = [];
      const start: Threads["start"] = (program, data) => {
        memories.push(data.memory);
        // The first module ends before the overflow, and later ones lie beyond it.
        new Int32Array(data.memory.buffer)[LAYOUT.ringEnd] = 2 ** bits - 2000;
        return nodeThreads.start(program, data);
      };
      const backend = await opened({ ...nodeThreads, start }, 3);
      expect(await compute(backend)).toEqual(expected);
      const end = new Int32Array(existing(memories[0]).buffer)[LAYOUT.ringEnd] ?? 0;
      expect(end >>> 0).not.toBe(2 ** bits - 2000);
      backend.destroy();
    }
  });

  test("destroy ends the threads", async () => {
    const threads = await watchedThreads();
    const backend = await opened(threads, 2);
    backend.destroy();
    await Promise.all(threads.started.map(({ ended }) => ended));
    expect(threads.started).toHaveLength(1);
  });
});

describe.skipIf(inNode)("threads on a page", () => {
  test("a page that is not cross-origin isolated has one, and says why", async () => {
    const backend = await createBackend({ kind: "wasm", threads: 2 });
    const { threads, whyFewerThreads } = backend.info;
    if (globalThis.crossOriginIsolated) {
      expect(threads).toBe(2);
    } else {
      expect(threads).toBe(1);
      expect(whyFewerThreads).toBe("the page is not cross-origin isolated, so it has no shared memory");
    }
    expect(await compute(backend)).toHaveLength(5);
    backend.destroy();
  });
});

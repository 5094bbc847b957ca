import { afterEach, vi } from "vitest";

/** The memories that were made since `watchMemories`. */
export type Memories = readonly WebAssembly.Memory[];

/**
 * Watches the memories that WebAssembly backends make, until the test ends.
 *
 * @param mostPages what the engine gives at most, in pages of 64 KiB
 * @param refuses throws if the engine should refuse a memory
 */
export function watchMemories(mostPages = 2 ** 16, refuses?: (descriptor: WebAssembly.MemoryDescriptor) => void) {
  vi.unstubAllGlobals();
  const memories: WebAssembly.Memory[] = [];
  const { Memory } = WebAssembly;
  // Its properties are not enumerable.
  const properties = Object.getOwnPropertyNames(WebAssembly).map((name) => [name, Reflect.get(WebAssembly, name)]);
  vi.stubGlobal("WebAssembly", {
    ...Object.fromEntries(properties),
    Memory: class extends Memory {
      constructor(descriptor: WebAssembly.MemoryDescriptor) {
        refuses?.(descriptor);
        const { initial, maximum = mostPages } = descriptor;
        super({ ...descriptor, maximum: Math.max(initial, Math.min(maximum, mostPages)) });
        memories.push(this);
      }
    },
  });
  return memories;
}

/** Call it once in a file that watches memories. */
export function restoreMemories(): void {
  afterEach(() => void vi.unstubAllGlobals());
}

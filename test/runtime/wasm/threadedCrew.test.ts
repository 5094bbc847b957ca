import { expect, test } from "vitest";
import { LAYOUT, RESERVED_BYTES } from "../../../src/runtime/wasm/threads/layout.js";
import { ThreadedCrew } from "../../../src/runtime/wasm/threads/threadedCrew.js";
import type { Threads } from "../../../src/runtime/wasm/threads/threads.js";

const inNode = typeof process !== "undefined" && process.versions !== undefined;

/** Threads that do nothing. The tests do their work. */
const idle: Threads = {
  usual: 2,
  whyNone: undefined,
  start: async () => ({ ended: new Promise(() => {}), terminate: () => {} }),
};

async function openCrew() {
  const pages = Math.ceil(RESERVED_BYTES / 65536);
  const memory = new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true });
  return { memory, control: new Int32Array(memory.buffer), crew: await ThreadedCrew.start(memory, idle, 2) };
}

const soon = () => performance.now() + 5;

// A page has shared memory only if it is isolated.
test.runIf(inNode)("a job that was done in an earlier call of the same number is waited for", async () => {
  const { control, crew } = await openCrew();
  // The numbers of calls begin again after a million.
  const number = 1;
  control.fill(number, LAYOUT.done, LAYOUT.done + LAYOUT.jobLimit);
  const ran: number[] = [];
  const call = (job: number) => {
    ran.push(job);
    if (job > 0) return;
    // Meanwhile the other thread takes a job.
    control[LAYOUT.busy] = 1;
    Atomics.add(control, LAYOUT.next, 1);
  };
  const task = crew.call({ id: 0, call }, [[0], [1], [2]]);
  while (ran.length < 2) task.advance(soon());
  expect(task.advance(soon())).toBe(false);
  control[LAYOUT.done + 1] = number;
  expect(task.advance(soon())).toBe(true);
  expect(ran).toEqual([0, 2]);
});

test.runIf(inNode)("modules stay in their ring, also when the positions overflow", async () => {
  const { memory, control, crew } = await openCrew();
  const { ringEnd, ringAddress, ringBytes, modules, moduleEntries } = LAYOUT;
  const before = control.slice(LAYOUT.done, ringAddress / 4);
  for (const bits of [21, 31, 32]) {
    control[ringEnd] = 2 ** bits - 1500;
    for (let seed = 0; seed < 4; seed++) {
      const module = Uint8Array.from({ length: 700 + seed }, (_, i) => i * 7 + seed);
      crew.added(module, 0);
      const entry = moduleEntries + 3 * ((control[modules] ?? 0) - 1);
      const place = ((control[entry] ?? 0) >>> 0) % ringBytes;
      expect(place + module.length).toBeLessThanOrEqual(ringBytes);
      expect(new Uint8Array(memory.buffer, ringAddress + place, module.length).slice()).toEqual(module);
    }
  }
  expect(control.slice(LAYOUT.done, ringAddress / 4)).toEqual(before);
});

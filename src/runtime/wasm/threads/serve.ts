import type { ControlLayout } from "./layout.js";

/**
 * The program of a thread. It waits for calls, and takes jobs of them, until it is told to quit. It also compiles the
 * modules that it finds in the memory.
 *
 * A thread gets the text of this function. So it refers to nothing outside but the globals of a worker.
 *
 * @param at where the data lies in the memory
 * @param index the number of the thread
 * @param ready called when it listens
 */
export function serve(memory: WebAssembly.Memory, at: ControlLayout, index: number, ready: () => void): void {
  const control = new Int32Array(memory.buffer);
  const functions = new Map<number, (...args: number[]) => unknown>();
  const mostFunctions = 8192;
  const spins = 2000;
  let modulesSeen = 0;

  /** A module and the id of its first function. Undefined if later modules have overwritten it, or one is about to. */
  const moduleAt = (entry: number) => {
    const position = Atomics.load(control, entry) >>> 0;
    const length = Atomics.load(control, entry + 1);
    const firstId = Atomics.load(control, entry + 2);
    const isEntryWhole = Atomics.load(control, at.modules) - modulesSeen < at.moduleSlots;
    if (!isEntryWhole) return undefined;
    const bytes = new Uint8Array(memory.buffer, at.ringAddress + (position % at.ringBytes), length).slice();
    const areBytesWhole = (Atomics.load(control, at.ringEnd) - position) >>> 0 <= at.ringBytes;
    return areBytesWhole ? { bytes, firstId } : undefined;
  };

  const compileNewModules = () => {
    for (; modulesSeen < Atomics.load(control, at.modules); modulesSeen++) {
      const module = moduleAt(at.moduleEntries + 3 * (modulesSeen % at.moduleSlots));
      // Without a module, the thread takes no jobs of its functions.
      if (!module) continue;
      let id = module.firstId;
      const { exports } = new WebAssembly.Instance(new WebAssembly.Module(module.bytes), { env: { memory } });
      for (const exported of Object.values(exports)) {
        if (typeof exported === "function") functions.set(id++, (...args) => exported(...args));
      }
    }
    for (const id of functions.keys()) {
      if (functions.size <= mostFunctions) break;
      functions.delete(id);
    }
  };

  const takeJobs = () => {
    for (;;) {
      const next = Atomics.load(control, at.next);
      const job = next % at.jobLimit;
      const isMine = () => functions.has(control[at.functionId] ?? -1) && job < (control[at.jobs] ?? 0);
      if (!isMine()) return;
      // If the exchange succeeds, the call stays until this job is done.
      if (Atomics.compareExchange(control, at.next, next, next + 1) !== next) continue;
      // It is the one that was read, unless a million calls came between, because numbers repeat. If this thread cannot do
      // the job, it ends, and the calling thread does it.
      const run = functions.get(control[at.functionId] ?? -1);
      if (!run || !isMine()) throw new Error("another call has the same number");
      const arity = control[at.arity] ?? 0;
      const first = at.arguments + job * arity;
      run(...control.subarray(first, first + arity));
      Atomics.store(control, at.done + job, (next - job) / at.jobLimit);
    }
  };

  ready();
  for (;;) {
    const signal = Atomics.load(control, at.signal);
    if (Atomics.load(control, at.quit) === 1) return;
    Atomics.store(control, at.busy + index, 1);
    compileNewModules();
    takeJobs();
    Atomics.store(control, at.busy + index, 0);
    // The next call often comes at once. To wake a sleeping thread takes longer than this.
    for (let spin = 0; spin < spins && Atomics.load(control, at.signal) === signal; spin++);
    Atomics.wait(control, at.signal, signal);
  }
}

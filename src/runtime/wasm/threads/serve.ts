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

  /** The bytes of a module. Undefined if later modules have overwritten it. */
  const bytesOf = (entry: number) => {
    const position = control[entry] ?? 0;
    const bytes = control[entry + 1] ?? 0;
    const module = new Uint8Array(memory.buffer, at.ringAddress + (position % at.ringBytes), bytes).slice();
    const isWhole =
      Atomics.load(control, at.ringEnd) - position <= at.ringBytes &&
      Atomics.load(control, at.modules) - modulesSeen <= at.moduleSlots;
    return isWhole ? module : undefined;
  };

  const compileNewModules = () => {
    for (; modulesSeen < Atomics.load(control, at.modules); modulesSeen++) {
      const entry = at.moduleEntries + 3 * (modulesSeen % at.moduleSlots);
      let id = control[entry + 2] ?? 0;
      const bytes = bytesOf(entry);
      // Without a module, the thread takes no jobs of its functions.
      if (!bytes) continue;
      const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes), { env: { memory } });
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
      const run = functions.get(control[at.functionId] ?? -1);
      if (!run || job >= (control[at.jobs] ?? 0)) return;
      // If the exchange succeeds, the call is the one that was read, and stays until this job is done.
      if (Atomics.compareExchange(control, at.next, next, next + 1) !== next) continue;
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

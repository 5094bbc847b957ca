import type { ModuleBuilder } from "../../src/runtime/wasm/assembler/moduleBuilder.js";
import { F32x4 } from "../../src/runtime/wasm/assembler/vectors.js";
import { type Crew, SingleThread } from "../../src/runtime/wasm/commands/crew.js";
import { type ProgramFunction, Programs } from "../../src/runtime/wasm/commands/programs.js";
import type { Job } from "../../src/runtime/wasm/commands/work.js";
import { LinearMemory } from "../../src/runtime/wasm/memory/linearMemory.js";
import { RESERVED_BYTES } from "../../src/runtime/wasm/threads/layout.js";
import { ThreadedCrew } from "../../src/runtime/wasm/threads/threadedCrew.js";
import type { Threads } from "../../src/runtime/wasm/threads/threads.js";
import type { Ceiling, Limit } from "../ceiling.js";
import { type Clock, fastest, timeRuns } from "../timing.js";

/** Numbers of independent sums that may fit into the registers. The best one counts. */
const CHAINS = [8, 10, 12, 13, 16, 24];
/** Multiply-adds of each chain in one turn of the loop. */
const UNROLL = 4;
/** A multiply and an add, of four numbers. */
const FLOPS_PER_STEP = 8;
/** A job takes about a millisecond. */
const FLOPS_PER_JOB = 2 ** 25;
const JOBS_PER_THREAD = 4;
const COPIED_BYTES = 2 ** 25;
const COPY_PIECES = 16;
/** A place in memory for each job, so that no two threads write the same cache line. */
const SLOT_ELEMENTS = 16;
const WARMING_RUNS = 3;

/** What WebAssembly can do at most, on some threads of this processor. It runs on threads of its own. */
export class WasmLimits {
  private constructor(
    private readonly crew: Crew,
    private readonly multiplyAdds: readonly Limit[],
    private readonly copies: readonly Limit[],
  ) {}

  /** @param starter starts threads here, if there is more than one */
  static async open(threads: number, starter: Threads): Promise<WasmLimits> {
    const shared = threads > 1;
    const memory = new LinearMemory(shared, shared ? RESERVED_BYTES : 0);
    const crew = shared ? await ThreadedCrew.start(memory.memory, starter, threads) : new SingleThread();
    const programs = new Programs(memory, crew);
    const limit = (name: keyof Ceiling, program: ProgramFunction, jobs: readonly Job[], perRun: number): Limit => ({
      name,
      perRun,
      run: async (times) => {
        for (let i = 0; i < times; i++) crew.call(program, jobs).advance(Number.POSITIVE_INFINITY);
      },
    });
    const multiplyAdds = CHAINS.map((chains) => {
      const program = programs.get(`multiplyAdd ${chains}`, (module) => writeMultiplyAdd(module, chains));
      const turns = Math.ceil(FLOPS_PER_JOB / (UNROLL * chains * FLOPS_PER_STEP));
      const jobs = Array.from({ length: JOBS_PER_THREAD * threads }, (): Job => {
        const slot = memory.allocate("bench", SLOT_ELEMENTS);
        // Below 1, so that no sum overflows, and not so small that one gets subnormal.
        memory.view(slot).fill(0.5);
        return [slot.address, turns];
      });
      const perRun = jobs.length * turns * UNROLL * chains * FLOPS_PER_STEP;
      return limit("flopsPerSecond", program.function("multiplyAdd"), jobs, perRun);
    });
    const from = memory.allocate("bench", COPIED_BYTES / 4).address;
    const to = memory.allocate("bench", COPIED_BYTES / 4).address;
    const piece = COPIED_BYTES / COPY_PIECES;
    const pieces = Array.from({ length: COPY_PIECES }, (_, i): Job => [from + i * piece, to + i * piece]);
    const program = programs.get("copy", (module) => writeCopies(module, piece));
    const copies = ["copy", "move"].map((name) =>
      limit("bytesPerSecond", program.function(name), pieces, 2 * COPIED_BYTES),
    );
    return new WasmLimits(crew, multiplyAdds, copies);
  }

  /** Afterwards, `best` is known. */
  async measure(clock: Clock): Promise<Ceiling> {
    const ceiling = { flopsPerSecond: 0, bytesPerSecond: 0 };
    for (const limit of [...this.multiplyAdds, ...this.copies]) {
      // V8 compiles a loop anew when it has run for a while.
      await limit.run(WARMING_RUNS);
      const milliseconds = await fastest(() => timeRuns(limit, 1, clock));
      const rate = (1000 * limit.perRun) / milliseconds;
      if (rate <= ceiling[limit.name]) continue;
      ceiling[limit.name] = rate;
      this.#best.set(limit.name, limit);
    }
    return ceiling;
  }

  /** The loop that came nearest to the limit. @throws Error before `measure` */
  best(name: keyof Ceiling): Limit {
    const limit = this.#best.get(name);
    if (!limit) throw new Error(`${name} is not measured`);
    return limit;
  }

  close(): void {
    this.crew.dismiss();
  }

  readonly #best = new Map<keyof Ceiling, Limit>();
}

/** sums[i] = sums[i] · m + a, again and again, in registers alone: the speed that no kernel passes. */
function writeMultiplyAdd(module: ModuleBuilder, chains: number): void {
  module.function("multiplyAdd", ["slot", "turns"], (f, { slot, turns }) => {
    // Only known at run time, so nothing is folded.
    const m = f.f32x4(F32x4.load(slot));
    const a = f.f32x4(F32x4.load(slot, 16));
    const sums = f.vectors(chains);
    for (const sum of sums) sum.set(a);
    const turn = f.i32(0);
    f.until(turn, turns, 1, () => {
      for (let step = 0; step < UNROLL; step++) for (const sum of sums) sum.set(sum.mul(m).add(a));
    });
    const total = sums.reduce((all: F32x4, sum) => all.add(sum), F32x4.of(0));
    f.store(slot, total, 32);
  });
}

/** The engine's own copy, and a loop of loads and stores. */
function writeCopies(module: ModuleBuilder, bytes: number): void {
  module.function("copy", ["from", "to"], (f, { from, to }) => f.copy(to, from, bytes));
  module.function("move", ["from", "to"], (f, { from, to }) => {
    const end = f.i32(from.add(bytes));
    f.until(from, end, 64, () => {
      for (let offset = 0; offset < 64; offset += 16) f.store(to, F32x4.load(from, offset), offset);
      to.advance(64);
    });
  });
}

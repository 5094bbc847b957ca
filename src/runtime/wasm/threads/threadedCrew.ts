import type { Crew } from "../commands/crew.js";
import type { ProgramFunction } from "../commands/programs.js";
import type { Task } from "../commands/taskQueue.js";
import type { Job } from "../commands/work.js";
import { CONTROL_INTEGERS, LAYOUT, MOST_THREADS } from "./layout.js";
import { serve } from "./serve.js";
import type { Thread, Threads } from "./threads.js";

/** The most jobs of a call. If there are more, another call follows. */
const MOST_JOBS = LAYOUT.jobLimit - 1;
/** Numbers of calls begin again after this one, so that call · jobLimit stays below 2³¹. */
const LAST_CALL = 2 ** 20 - 1;

/**
 * Shares jobs among the calling thread and others. Each takes the next job of the present call, until none is left.
 * What a job computes does not depend on the thread, so the bits are the same for any number of threads.
 *
 * If a thread ends in the middle of a job, the calling thread does that job again. `Work` says why it may.
 */
export class ThreadedCrew implements Crew {
  readonly #control: Int32Array;
  readonly #threads = new Map<number, Thread>();
  #call = 0;

  private constructor(private readonly memory: WebAssembly.Memory) {
    this.#control = new Int32Array(memory.buffer, 0, CONTROL_INTEGERS);
  }

  /**
   * Starts threads. Those that do not start are left out.
   *
   * @param memory shared, with `RESERVED_BYTES` at its beginning
   * @param count the number of threads, the caller's included
   */
  static async start(memory: WebAssembly.Memory, threads: Threads, count: number): Promise<ThreadedCrew> {
    const crew = new ThreadedCrew(memory);
    const others = Array.from({ length: Math.min(count, MOST_THREADS) - 1 }, async (_, index) => {
      const thread = await threads.start(serve.toString(), { memory, layout: LAYOUT, index });
      crew.#threads.set(index, thread);
      void thread.ended.then(() => crew.#threads.delete(index));
    });
    await Promise.allSettled(others);
    return crew;
  }

  get threads(): number {
    return 1 + this.#threads.size;
  }

  added(module: Uint8Array<ArrayBuffer>, firstId: number): void {
    const control = this.#control;
    const { ringBytes, ringAddress, moduleEntries, moduleSlots } = LAYOUT;
    if (module.length > ringBytes) return;
    const end = Atomics.load(control, LAYOUT.ringEnd) >>> 0;
    const room = ringBytes - (end % ringBytes);
    const position = module.length <= room ? end : end + room;
    // The end comes first: a thread that reads old bytes meanwhile must see that they are overwritten.
    Atomics.store(control, LAYOUT.ringEnd, position + module.length);
    new Uint8Array(this.memory.buffer, ringAddress + (position % ringBytes), module.length).set(module);
    const modules = Atomics.load(control, LAYOUT.modules);
    control.set([position, module.length, firstId], moduleEntries + 3 * (modules % moduleSlots));
    Atomics.store(control, LAYOUT.modules, modules + 1);
    this.#wake();
  }

  call(program: ProgramFunction, jobs: readonly Job[]): Task {
    let first = 0;
    let present: Call | undefined;
    return {
      advance: (until) => {
        while (first < jobs.length) {
          present ??= this.#begin(program, jobs.slice(first, first + MOST_JOBS));
          if (!this.#advance(present, until)) return false;
          first += present.jobs.length;
          present = undefined;
        }
        return true;
      },
    };
  }

  dismiss(): void {
    Atomics.store(this.#control, LAYOUT.quit, 1);
    this.#wake();
    for (const thread of this.#threads.values()) thread.terminate();
    this.#threads.clear();
  }

  /** Writes a call where the threads find it. The call before it is over. */
  #begin(program: ProgramFunction, jobs: readonly Job[]): Call {
    const control = this.#control;
    this.#call = this.#call === LAST_CALL ? 1 : this.#call + 1;
    const call = { number: this.#call, program, jobs, firstOpen: 0 };
    // A single job is not worth waking the others.
    if (jobs.length === 1) return call;
    const arity = jobs[0]?.length ?? 0;
    // Nobody may take a job of a call that is half written.
    Atomics.store(control, LAYOUT.next, call.number * LAYOUT.jobLimit + MOST_JOBS);
    control[LAYOUT.functionId] = program.id;
    control[LAYOUT.jobs] = jobs.length;
    control[LAYOUT.arity] = arity;
    for (const [i, job] of jobs.entries()) control.set(job, LAYOUT.arguments + i * arity);
    // An earlier call may have had this number.
    control.fill(0, LAYOUT.done, LAYOUT.done + jobs.length);
    Atomics.store(control, LAYOUT.next, call.number * LAYOUT.jobLimit);
    this.#wake();
    return call;
  }

  /** @returns whether all jobs of the call are done */
  #advance(call: Call, until: number): boolean {
    const control = this.#control;
    if (call.jobs.length === 1) {
      this.#runJob(call, 0);
      return true;
    }
    for (;;) {
      const next = Atomics.load(control, LAYOUT.next);
      const job = next % LAYOUT.jobLimit;
      if (job >= call.jobs.length) return this.#awaitOthers(call, until);
      if (Atomics.compareExchange(control, LAYOUT.next, next, next + 1) !== next) continue;
      this.#runJob(call, job);
      if (performance.now() >= until) return false;
    }
  }

  /** Waits for the jobs that other threads have taken. @returns whether they are done */
  #awaitOthers(call: Call, until: number): boolean {
    for (let spins = 1; ; spins++) {
      while (this.#isDone(call, call.firstOpen)) call.firstOpen++;
      if (call.firstOpen === call.jobs.length) return true;
      if (spins % 256 > 0) continue;
      if (this.#allIdle()) this.#runAbandoned(call);
      // In a turn of the event loop, the crew hears of threads that have ended.
      if (performance.now() >= until) return false;
    }
  }

  /** Whether no living thread is at a job. */
  #allIdle(): boolean {
    return [...this.#threads.keys()].every((index) => Atomics.load(this.#control, LAYOUT.busy + index) === 0);
  }

  /** Runs the jobs that threads took and did not finish before they ended. */
  #runAbandoned(call: Call): void {
    for (let job = call.firstOpen; job < call.jobs.length; job++) {
      if (!this.#isDone(call, job)) this.#runJob(call, job);
    }
  }

  #isDone({ number, jobs }: Call, job: number): boolean {
    return job < jobs.length && Atomics.load(this.#control, LAYOUT.done + job) === number;
  }

  #runJob({ program, jobs, number }: Call, job: number): void {
    program.call(...(jobs[job] ?? []));
    Atomics.store(this.#control, LAYOUT.done + job, number);
  }

  #wake(): void {
    Atomics.add(this.#control, LAYOUT.signal, 1);
    Atomics.notify(this.#control, LAYOUT.signal);
  }
}

interface Call {
  readonly number: number;
  readonly program: ProgramFunction;
  readonly jobs: readonly Job[];
  /** All jobs before it are done. */
  firstOpen: number;
}

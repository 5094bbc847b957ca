import type { ModuleBuilder } from "../assembler/moduleBuilder.js";
import type { LinearMemory, Span } from "../memory/linearMemory.js";
import { MOST_ARGUMENTS } from "../threads/layout.js";
import type { Crew } from "./crew.js";
import type { Program, ProgramFunction, Programs } from "./programs.js";
import type { TaskQueue } from "./taskQueue.js";
import type { Job, Work } from "./work.js";

/** The parts of a runtime that work needs. */
export interface WorkHost {
  readonly memory: LinearMemory;
  readonly programs: Programs;
  readonly queue: TaskQueue;
  readonly crew: Crew;
  readonly relaxedSimd: boolean;
}

/** Queues jobs. */
export class LiveWork implements Work {
  #operator = "";
  #workspaces: Span[] = [];

  constructor(private readonly host: WorkHost) {}

  get relaxedSimd(): boolean {
    return this.host.relaxedSimd;
  }

  program(key: string, write: (module: ModuleBuilder) => void): Program {
    return this.host.programs.get(key, write);
  }

  workspace(elements: number): Span {
    const span = this.host.memory.allocate(this.#operator, elements);
    this.#workspaces.push(span);
    return span;
  }

  run(program: ProgramFunction, jobs: readonly Job[]): void {
    // Also without threads, so that every test would show it.
    const arity = jobs[0]?.length ?? 0;
    if (arity > MOST_ARGUMENTS) throw new Error(`a job has ${arity} arguments, at most ${MOST_ARGUMENTS} are possible`);
    this.host.queue.push(this.host.crew.call(program, jobs));
  }

  runOnHost(task: (view: (span: Span) => Float32Array) => void): void {
    const { memory } = this.host;
    this.host.queue.push({
      advance() {
        task((span) => memory.view(span));
        return true;
      },
    });
  }

  /**
   * Runs the kernels of one operator. Their workspaces are free afterwards: tasks run in order, so a later operator may
   * use the same memory.
   */
  during(operator: string, plan: () => void): void {
    this.#operator = operator;
    try {
      plan();
    } finally {
      for (const span of this.#workspaces) this.host.memory.release(span);
      this.#workspaces = [];
    }
  }
}

/** Compiles the programs of operators, and runs nothing. */
export class CompilingWork implements Work {
  constructor(private readonly host: Pick<WorkHost, "programs" | "relaxedSimd">) {}

  get relaxedSimd(): boolean {
    return this.host.relaxedSimd;
  }

  program(key: string, write: (module: ModuleBuilder) => void): Program {
    return this.host.programs.get(key, write);
  }

  workspace(elements: number): Span {
    return { address: 0, elements };
  }

  run(): void {}

  runOnHost(): void {}
}

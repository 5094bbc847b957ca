import type { ModuleBuilder } from "../assembler/moduleBuilder.js";
import type { Program, ProgramFunction, Programs } from "../commands/programs.js";
import type { Job, Work } from "../commands/work.js";
import type { Span } from "../memory/linearMemory.js";

/** A call of a program's function, or a function of the host, with all addresses. */
export type PlannedCall =
  | { readonly program: ProgramFunction; readonly jobs: readonly Job[] }
  | { readonly task: (view: (span: Span) => Float32Array) => void };

/** Collects the calls of operators instead of queueing them. */
export class PlannedWork implements Work {
  readonly calls: PlannedCall[] = [];

  /** @param workspace gives each workspace, in the order of the requests */
  constructor(
    private readonly programs: Programs,
    readonly relaxedSimd: boolean,
    readonly workspace: (elements: number) => Span,
  ) {}

  program(key: string, write: (module: ModuleBuilder) => void): Program {
    return this.programs.get(key, write);
  }

  run(program: ProgramFunction, jobs: readonly Job[]): void {
    this.calls.push({ program, jobs });
  }

  runOnHost(task: (view: (span: Span) => Float32Array) => void): void {
    this.calls.push({ task });
  }
}

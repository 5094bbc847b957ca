import { MEMORY_IMPORT, ModuleBuilder } from "../assembler/moduleBuilder.js";
import type { LinearMemory } from "../memory/linearMemory.js";

/** Programs beyond this number are forgotten, the oldest first. */
const MOST_PROGRAMS = 1024;

/** A function of a program. Its arguments are addresses and counts. */
export type CompiledFunction = (...args: number[]) => void;

/** A function that a kernel runs, with the number by which every thread knows it. */
export interface ProgramFunction {
  readonly id: number;
  readonly call: CompiledFunction;
}

/** A compiled module. */
export interface Program<Name extends string = string> {
  /** @throws Error if the module has no such function */
  function(name: Name): ProgramFunction;
}

/** Hears of programs, so that other threads can have them too. */
export interface ProgramListener {
  /** Functions of a new program, with ids from `firstId` on. */
  added(module: Uint8Array<ArrayBuffer>, firstId: number, names: readonly string[]): void;
}

/** Compiles modules, and keeps them by key. */
export class Programs {
  readonly #byKey = new Map<string, Program>();
  #functions = 0;
  #compilations = 0;

  constructor(
    private readonly memory: LinearMemory,
    private readonly listener: ProgramListener,
  ) {}

  /** The number of modules compiled so far. */
  get compilations(): number {
    return this.#compilations;
  }

  /**
   * The program of a key. It is compiled at the first call.
   *
   * @param key everything that `write` depends on
   */
  get(key: string, write: (module: ModuleBuilder) => void): Program {
    const known = this.#byKey.get(key);
    if (known) return known;
    const program = this.#compile(write);
    this.#byKey.set(key, program);
    if (this.#byKey.size > MOST_PROGRAMS) {
      for (const oldest of this.#byKey.keys()) {
        this.#byKey.delete(oldest);
        break;
      }
    }
    return program;
  }

  #compile(write: (module: ModuleBuilder) => void): Program {
    const builder = new ModuleBuilder();
    write(builder);
    const bytes = builder.bytes(this.memory);
    const firstId = this.#functions;
    const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes), {
      [MEMORY_IMPORT.module]: { [MEMORY_IMPORT.name]: this.memory.memory },
    });
    const functions = new Map<string, ProgramFunction>();
    for (const name of builder.names) {
      const call = exports[name];
      if (isCompiledFunction(call)) functions.set(name, { id: this.#functions++, call });
    }
    this.#compilations++;
    this.listener.added(bytes, firstId, builder.names);
    return {
      function(name) {
        const found = functions.get(name);
        if (!found) throw new Error(`the program has no function ${name}`);
        return found;
      },
    };
  }
}

function isCompiledFunction(value: unknown): value is CompiledFunction {
  return typeof value === "function";
}

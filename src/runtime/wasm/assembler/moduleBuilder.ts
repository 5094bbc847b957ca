import { type Code, list, name, unsigned } from "./code.js";
import { FunctionBuilder, type I32Variable } from "./functionBuilder.js";

const MAGIC_AND_VERSION = [0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0];
const I32_TYPE = 0x7f;

/** The module imports its memory as this name of this module. */
export const MEMORY_IMPORT = { module: "env", name: "memory" } as const;

/** The number of pages of 64 KiB that a 32-bit memory can have. */
export const MOST_PAGES = 65536;

interface ExportedFunction {
  readonly name: string;
  readonly parameters: number;
  readonly code: Code;
}

/** Writes a WebAssembly module. It exports all of its functions. They take i32 and return nothing. */
export class ModuleBuilder {
  readonly #functions: ExportedFunction[] = [];

  /**
   * @param parameters the names of the parameters; `write` gets them by name
   * @param write writes the function's statements
   */
  function<Parameter extends string>(
    name: string,
    parameters: readonly Parameter[],
    write: (f: FunctionBuilder, parameters: Readonly<Record<Parameter, I32Variable>>) => void,
  ): void {
    const f = new FunctionBuilder(parameters.length);
    write(
      f,
      named(parameters, (index) => f.parameter(index)),
    );
    this.#functions.push({ name, parameters: parameters.length, code: f.finish() });
  }

  /** The names of the functions, in order. */
  get names(): readonly string[] {
    return this.#functions.map(({ name }) => name);
  }

  /** @param memory the kind of memory that the module is used with */
  bytes(memory: { readonly shared: boolean; readonly mostPages: number }): Uint8Array<ArrayBuffer> {
    const functions = this.#functions;
    const limits = [memory.shared ? 3 : 1].concat(unsigned(1), unsigned(memory.mostPages));
    const typeOf = (parameters: number) => [0x60].concat(list(Array(parameters).fill([I32_TYPE])), list([]));
    const imported = name(MEMORY_IMPORT.module).concat(name(MEMORY_IMPORT.name), 2, limits);
    const bytes = MAGIC_AND_VERSION.concat(
      section(1, list(functions.map(({ parameters }) => typeOf(parameters)))),
      section(2, list([imported])),
      section(3, list(functions.map((_, i) => unsigned(i)))),
      section(7, list(functions.map((f, i) => name(f.name).concat(0, unsigned(i))))),
      section(10, list(functions.map(({ code }) => code))),
    );
    return new Uint8Array(bytes);
  }
}

function section(id: number, content: Code): Code {
  return [id].concat(unsigned(content.length), content);
}

/** An object with a value for each name. */
export function named<Name extends string, Value>(
  names: readonly Name[],
  valueAt: (index: number, name: Name) => Value,
): Readonly<Record<Name, Value>> {
  const entries: Partial<Record<Name, Value>> = {};
  for (const [index, name] of names.entries()) entries[name] = valueAt(index, name);
  return complete(entries, names);
}

function complete<Name extends string, Value>(
  entries: Partial<Record<Name, Value>>,
  names: readonly Name[],
): Readonly<Record<Name, Value>> {
  if (isComplete(entries, names)) return entries;
  throw new Error("a name has no value");
}

function isComplete<Name extends string, Value>(
  entries: Partial<Record<Name, Value>>,
  names: readonly Name[],
): entries is Record<Name, Value> {
  return names.every((name) => entries[name] !== undefined);
}

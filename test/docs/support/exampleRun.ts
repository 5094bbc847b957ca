/** What a program of examples runs: it notes the results in the file results.jsonl of the working directory. */

import { appendFileSync } from "node:fs";
import { type Backend, createBackend } from "webgpu-cnn";

/** What became of an example. */
export interface ExampleResult {
  readonly id: number;
  /** What it threw. */
  readonly error: string | undefined;
  /** Values that differ from what it shows. */
  readonly wrong: readonly string[];
  /** The lines of the values that were compared. */
  readonly compared: readonly number[];
}

let wrong: string[] = [];
let compared: number[] = [];

/** Runs an example on a backend of its own. */
export async function example(id: number, run: (backend: Backend) => Promise<void>): Promise<void> {
  wrong = [];
  compared = [];
  const backend = await createBackend({ kind: "wasm", threads: 1 });
  const error = await run(backend).then(
    () => undefined,
    (reason: unknown) => (reason instanceof Error ? `${reason.name}: ${reason.message}` : String(reason)),
  );
  backend.destroy();
  appendFileSync("results.jsonl", `${JSON.stringify({ id, error, wrong, compared } satisfies ExampleResult)}\n`);
}

/** Compares a value with the one that the example shows. */
export function check(line: number, actual: unknown, expected: unknown, isRounded: boolean): void {
  compared.push(line);
  if (!matches(actual, expected, isRounded)) {
    wrong.push(`line ${line + 1}: ${text(actual)}, but it shows ${isRounded ? "≈ " : ""}${text(expected)}`);
  }
}

/** Numbers are equal as float32. Rounded ones may differ by a relative 1e-2. Typed arrays count as arrays. */
function matches(actual: unknown, expected: unknown, isRounded: boolean): boolean {
  if (typeof actual === "number" && typeof expected === "number") {
    if (actual === expected || Object.is(actual, expected) || actual === Math.fround(expected)) return true;
    return isRounded && Math.abs(actual - expected) <= Math.max(1e-2 * Math.abs(expected), 1e-6);
  }
  const [list, shown] = [listOf(actual), listOf(expected)];
  if (list && shown) return list.length === shown.length && list.every((each, i) => matches(each, shown[i], isRounded));
  if (list || shown || !isObject(actual) || !isObject(expected)) return actual === expected;
  const [names, shownNames] = [Object.keys(actual).sort(), Object.keys(expected).sort()];
  return (
    matches(names, shownNames, false) &&
    names.every((name) => matches(Reflect.get(actual, name), Reflect.get(expected, name), isRounded))
  );
}

function listOf(value: unknown): readonly unknown[] | undefined {
  if (Array.isArray(value)) return value;
  return ArrayBuffer.isView(value) && Symbol.iterator in value ? [...iterable(value)] : undefined;
}

function* iterable(value: object): Generator<unknown> {
  for (let i = 0; i in value; i++) yield Reflect.get(value, i);
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}

function text(value: unknown): string {
  const list = listOf(value);
  if (list) return `[${list.map(text).join(", ")}]`;
  return typeof value === "number" || value === undefined ? String(value) : JSON.stringify(value);
}

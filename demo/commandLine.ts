import { type ParseArgsConfig, parseArgs } from "node:util";
import { WebGPUCNNError } from "webgpu-cnn";
import { nearestName } from "../src/core/errors.js";
import { BACKEND_KINDS, type BackendKind } from "./backend.js";

/** A wrong argument. The message names it and says what was expected. */
export class UsageError extends Error {}

/** Says what went wrong, and sets the exit status: 2 for a wrong argument, else 1. */
export function reportFailure(error: unknown, usage: string): void {
  if (error instanceof UsageError) {
    console.error(`${error.message}\n\n${usage}`);
    process.exitCode = 2;
  } else {
    console.error(saysItAll(error) ? `${error.name}: ${error.message}` : error);
    process.exitCode = 1;
  }
}

/** Errors of the library and of the file system need no stack. */
function saysItAll(error: unknown): error is Error {
  return error instanceof WebGPUCNNError || (error instanceof Error && "code" in error && "syscall" in error);
}

/**
 * Refuses words that a program does not know. Node's own messages have no advice.
 *
 * @param takesFiles whether words that are no options are the program's business
 * @throws UsageError
 */
export function refuseUnknown(
  words: readonly string[],
  options: NonNullable<ParseArgsConfig["options"]>,
  takesFiles = false,
): void {
  const names = Object.keys(options);
  const { tokens } = parseArgs({ args: [...words], options, strict: false, tokens: true });
  for (const token of tokens) {
    if (token.kind === "positional" && !takesFiles) {
      throw new UsageError(`"${token.value}" is not an option; options begin with --`);
    }
    if (token.kind !== "option" || names.includes(token.name)) continue;
    const nearest = nearestName(token.name, names);
    const advice = nearest ? `did you mean --${nearest}?` : `known are ${names.map((name) => `--${name}`).join(", ")}`;
    throw new UsageError(`${token.rawName} is not an option; ${advice}`);
  }
}

/** What `parseArgs` gives. @throws UsageError instead of Node's errors */
export function parsed<Result>(parse: () => Result): Result {
  try {
    return parse();
  } catch (cause) {
    throw new UsageError(cause instanceof Error ? cause.message : String(cause), { cause });
  }
}

/** @throws UsageError */
export function wholeNumber(name: string, text: string, from: number, to: number): number {
  const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (value >= from && value <= to) return value;
  throw new UsageError(`--${name} is "${text}", expected a whole number from ${from} to ${to}`);
}

/** @throws UsageError */
export function backendKind(text: string): BackendKind {
  const kind = BACKEND_KINDS.find((known) => known === text);
  if (kind) return kind;
  throw new UsageError(`--backend is "${text}", expected auto, webgpu, wasm or cpu`);
}

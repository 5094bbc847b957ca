import { type ParseArgsConfig, parseArgs } from "node:util";
import { nearestName } from "../core/errors.js";

/** A wrong argument. The message names it and says what was expected. */
export class UsageError extends Error {}

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
    switch (token.kind) {
      case "positional":
        if (takesFiles) break;
        throw new UsageError(`"${token.value}" is not an option; options begin with --`);
      case "option":
        if (names.includes(token.name)) break;
        throw new UsageError(`${token.rawName} is not an option; ${adviceFor(token.name, names)}`);
    }
  }
}

function adviceFor(name: string, known: readonly string[]): string {
  const nearest = nearestName(name, known);
  return nearest ? `did you mean --${nearest}?` : `known are ${known.map((each) => `--${each}`).join(", ")}`;
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
  const end = to === Number.MAX_SAFE_INTEGER ? "" : ` to ${to}`;
  throw new UsageError(`--${name} is "${text}", expected a whole number from ${from}${end}`);
}

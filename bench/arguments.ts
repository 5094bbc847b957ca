import { parseArgs } from "node:util";

export const USAGE = `Measures the speed of every operator, after its values were checked against a float64 reference, as milliseconds, as GFLOP/s or GB/s,
and as a share of what the adapter can do at most. Runs a peer beside it, if asked to.

usage: npm run bench -- [--cases REGEX] [--quick] [--large] [--peer tfjs] [--json FILE]

  --cases REGEX  only rows whose name matches, such as '^[AE] ', 'dw$' or 'max 2x2 gradient'
  --quick        few samples, and only the cases A to E, the large pools and what fills a card
  --large        also the cases that fill a card, on a software adapter too; on any other they are always run
  --peer tfjs    runs tfjs-backend-webgpu beside it, interleaved in one process; install it first: npm ci --prefix bench
  --json FILE    writes everything measured to FILE
  --help         this text

It exits with 0 if every value was within the library's bound, with 1 if not or on an error, with 2 if an argument is wrong.`;

export interface Arguments {
  readonly cases: RegExp;
  readonly quick: boolean;
  readonly large: boolean;
  readonly peer: "tfjs" | undefined;
  readonly json: string | undefined;
}

/** A wrong argument. The message names it and says what was expected. */
export class UsageError extends Error {}

/**
 * Reads the command line.
 *
 * @param words without Node and the program
 * @returns undefined if the user asks for help
 * @throws UsageError
 */
export function readArguments(words: readonly string[]): Arguments | undefined {
  const { help, cases, quick, large, peer, json } = parse(words);
  if (help) return undefined;
  if (peer !== undefined && peer !== "tfjs") throw new UsageError(`--peer is "${peer}", expected tfjs`);
  if (json === "") throw new UsageError("--json is empty, expected the name of a file");
  return { cases: pattern(cases), quick, large, peer, json };
}

function pattern(cases: string): RegExp {
  try {
    // Names are in ASCII.
    return new RegExp(cases.replaceAll("×", "x"));
  } catch (cause) {
    throw new UsageError(`--cases is "${cases}", expected a regular expression`, { cause });
  }
}

function parse(words: readonly string[]) {
  try {
    return parseArgs({
      args: [...words],
      options: {
        cases: { type: "string", default: "" },
        quick: { type: "boolean", default: false },
        large: { type: "boolean", default: false },
        peer: { type: "string" },
        json: { type: "string" },
        help: { type: "boolean", default: false },
      },
    }).values;
  } catch (cause) {
    throw new UsageError(cause instanceof Error ? cause.message : String(cause), { cause });
  }
}

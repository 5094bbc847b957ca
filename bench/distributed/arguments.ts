import { parseArgs } from "node:util";
import { UsageError } from "../arguments.js";

export const USAGE = `Measures training on many machines, on this one: a NATS server, a coordinator, and workers with one WebAssembly thread in processes of their own.

usage: npm run bench:distributed -- [--part NAME]… [--quick] [--json FILE]

  --part NAME  one of these, may be given several times; all if left out
               rounds: where the time and the bytes of a round go, for a LeNet and a ResNet-8; and from that a model on paper of more workers
               speed: two processes that train a ResNet-8, beside one
               accuracy: a LeNet on MNIST by fit, and by one and by eight local steps
  --quick      few rounds and examples: to see that it works, not to measure
  --json FILE  writes everything measured to FILE
  --help       this text

It exits with 0 if all values are right and the results as wanted, with 1 if not or on an error, with 2 if an argument is wrong.`;

const PARTS = ["rounds", "speed", "accuracy"] as const;
export type Part = (typeof PARTS)[number];

export interface Arguments {
  readonly parts: readonly Part[];
  readonly quick: boolean;
  readonly json: string | undefined;
}

/**
 * Reads the command line.
 *
 * @param words without Node and the program
 * @returns undefined if the user asks for help
 * @throws UsageError
 */
export function readArguments(words: readonly string[]): Arguments | undefined {
  const { help, part, quick, json } = parse(words);
  if (help) return undefined;
  if (json === "") throw new UsageError("--json is empty, expected the name of a file");
  const wrong = part.find((name) => !PARTS.some((known) => known === name));
  if (wrong !== undefined) throw new UsageError(`--part is "${wrong}", expected ${PARTS.join(", ")}`);
  return { parts: PARTS.filter((name) => part.length === 0 || part.includes(name)), quick, json };
}

function parse(words: readonly string[]) {
  try {
    return parseArgs({
      args: [...words],
      options: {
        part: { type: "string", multiple: true, default: [] },
        quick: { type: "boolean", default: false },
        json: { type: "string" },
        help: { type: "boolean", default: false },
      },
    }).values;
  } catch (cause) {
    throw new UsageError(cause instanceof Error ? cause.message : String(cause), { cause });
  }
}

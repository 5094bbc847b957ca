import { parseArgs } from "node:util";
import { UsageError } from "../arguments.js";

export const USAGE = `Measures how fast networks are trained: a LeNet on MNIST, in images a second, recorded and called step by step, beside a peer if asked to; and
a ResNet-8 for pictures of CIFAR's size, with the memory that its step takes. Losses of the first steps are compared.

usage: npm run bench:training -- [--peer tfjs] [--steps N] [--json FILE]

  --peer tfjs  trains the same LeNet with TensorFlow.js, on its WebGPU and its CPU backend; install it first: npm ci --prefix bench
  --steps N    timed steps of the slowest, faster ones take up to five times as many; 10 if left out
  --json FILE  writes everything measured to FILE
  --help       this text

It exits with 0 if all losses agree, with 1 if not or on an error, with 2 if an argument is wrong.`;

export interface Arguments {
  readonly peer: "tfjs" | undefined;
  readonly steps: number;
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
  const { help, peer, steps, json } = parse(words);
  if (help) return undefined;
  if (peer !== undefined && peer !== "tfjs") throw new UsageError(`--peer is "${peer}", expected tfjs`);
  if (!/^[1-9]\d{0,5}$/.test(steps)) throw new UsageError(`--steps is "${steps}", expected a whole number from 1 on`);
  if (json === "") throw new UsageError("--json is empty, expected the name of a file");
  return { peer, steps: Number(steps), json };
}

function parse(words: readonly string[]) {
  try {
    return parseArgs({
      args: [...words],
      options: {
        peer: { type: "string" },
        steps: { type: "string", default: "10" },
        json: { type: "string" },
        help: { type: "boolean", default: false },
      },
    }).values;
  } catch (cause) {
    throw new UsageError(cause instanceof Error ? cause.message : String(cause), { cause });
  }
}

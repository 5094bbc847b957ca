import { parseArgs } from "node:util";
import { type TrainingPeer, targetOf, UsageError } from "../arguments.js";

export const USAGE = `Measures how fast networks are trained: a LeNet on MNIST, in images a second, recorded and called step by step, beside a peer if asked to; and
a ResNet-8 for pictures of CIFAR's size, with the memory that its step takes. Losses of the first steps are compared.

usage: npm run bench:training -- [--backend NAME] [--threads N] [--peer NAME] [--steps N] [--json FILE]

  --backend NAME  webgpu (default) or wasm
  --threads N     the threads of wasm; the cores if left out, 8 at most
  --peer NAME     tfjs, beside webgpu: the same LeNet in TensorFlow.js, on its WebGPU and its CPU backend; install it first: npm ci --prefix bench
                  software, beside wasm: this library by WebGPU on the software adapter, on all cores
                  one-thread, beside wasm: this library on one thread
  --steps N       timed steps of the slowest, faster ones take up to five times as many; 10 if left out
  --json FILE     writes everything measured to FILE
  --help          this text

It exits with 0 if all losses agree, with 1 if not or on an error, with 2 if an argument is wrong.`;

/** What to train on. */
export type Target = ReturnType<typeof targetOf<TrainingPeer>>;

export interface Arguments {
  readonly target: Target;
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
  const { help, steps, json, ...rest } = parse(words);
  if (help) return undefined;
  if (!/^[1-9]\d{0,5}$/.test(steps)) throw new UsageError(`--steps is "${steps}", expected a whole number from 1 on`);
  if (json === "") throw new UsageError("--json is empty, expected the name of a file");
  return { target: targetOf(rest, ["software", "one-thread"]), steps: Number(steps), json };
}

function parse(words: readonly string[]) {
  try {
    return parseArgs({
      args: [...words],
      options: {
        backend: { type: "string" },
        threads: { type: "string" },
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

import { parseArgs } from "node:util";
import type { BackendKind } from "../backend.js";
import { backendKind, parsed, refuseUnknown, UsageError, wholeNumber } from "../commandLine.js";

export const USAGE = `Trains a small convolutional network on MNIST's handwritten digits, tests it on the 10,000 test digits, saves it, and
draws what it learned.

usage: npm start -- [--epochs N] [--limit N] [--backend auto|webgpu|wasm|cpu] [--threads N] [--seed N] [--resume FILE]
                    [--out DIR]

  --epochs N      how often to go through the training digits, 1 to 1000 (default 1)
  --limit N       train on the first N digits only, 64 to 60000 (default 60000)
  --backend KIND  auto: a GPU, else WebAssembly, else the CPU reference (default)
                  webgpu: any adapter or an error; wasm: WebAssembly; cpu: the CPU reference, slowly
  --threads N     the threads of WebAssembly (default: the cores, at most 8); the results do not depend on it
  --seed N        what weights and the order of the digits follow from (default 1): on one machine, and with WebAssembly
                  on all machines, the same seed gives the same network to the last bit
  --resume FILE   go on where the run that saved FILE stopped, with its seed, its limit and its epochs; a larger --epochs trains on
  --out DIR       where lenet.safetensors and training.png go (default out)
  --help          this text

Ctrl-C saves and stops; a second one stops at once.
It exits with 0 when it is done, with 1 on an error, with 2 if an argument is wrong, with 130 if it was stopped.`;

/** An option is undefined if it was not given. With --resume, the file has its value. */
export interface Arguments {
  readonly epochs?: number;
  readonly limit?: number;
  readonly seed?: number;
  readonly resume?: string;
  readonly threads?: number;
  readonly backend: BackendKind;
  readonly out: string;
}

/** The digits of a batch. With fewer digits there is no batch. */
export const BATCH_SIZE = 64;
export const ALL_DIGITS = 60_000;

const OPTIONS = {
  epochs: { type: "string" },
  limit: { type: "string" },
  backend: { type: "string" },
  threads: { type: "string" },
  seed: { type: "string" },
  resume: { type: "string" },
  out: { type: "string" },
  help: { type: "boolean" },
} as const;

/**
 * Reads the command line.
 *
 * @param words without Node and the program
 * @returns undefined if the user asks for help
 * @throws UsageError
 */
export function readArguments(words: readonly string[]): Arguments | undefined {
  refuseUnknown(words, OPTIONS);
  const {
    help,
    epochs,
    limit,
    seed,
    resume,
    threads,
    backend = "auto",
    out = "out",
  } = parsed(() => parseArgs({ args: [...words], options: OPTIONS }).values);
  if (help) return undefined;
  if (resume === "") throw new UsageError("--resume is empty, expected the name of a checkpoint");
  if (out === "") throw new UsageError("--out is empty, expected the name of a folder");
  return {
    backend: backendKind(backend),
    out,
    ...(epochs === undefined ? {} : { epochs: wholeNumber("epochs", epochs, 1, 1000) }),
    ...(limit === undefined ? {} : { limit: wholeNumber("limit", limit, BATCH_SIZE, ALL_DIGITS) }),
    ...(seed === undefined ? {} : { seed: wholeNumber("seed", seed, 0, Number.MAX_SAFE_INTEGER) }),
    ...(threads === undefined ? {} : { threads: wholeNumber("threads", threads, 1, 64) }),
    ...(resume === undefined ? {} : { resume }),
  };
}

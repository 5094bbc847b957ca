import { parseArgs } from "node:util";
import type { BackendKind } from "../backend.js";
import { backendKind, parsed, refuseUnknown, UsageError, wholeNumber } from "../commandLine.js";

export const USAGE = `Runs handwritten digits through a small convolutional network, forward and backward, checks every operator against
the CPU reference, times it, and draws what happened.

usage: npm run verify -- [--digits N] [--out FILE] [--excerpt FILE] [--backend auto|webgpu|wasm|cpu]

  --digits N      how many of MNIST's training digits, 16 to 60000 (default 256)
  --out FILE      where the picture goes, a PNG (default out/digits.png)
  --excerpt FILE  draws four rows of the picture to a PNG of their own, as in the documentation
  --backend KIND  auto: a GPU, else WebAssembly, else the CPU reference (default)
                  webgpu: any adapter or an error; wasm: WebAssembly; cpu: the CPU reference
  --help          this text

It exits with 0 if every comparison held, with 1 if not or on an error, with 2 if an argument is wrong.`;

export interface Arguments {
  readonly digits: number;
  readonly out: string;
  readonly excerpt: string | undefined;
  readonly backend: BackendKind;
}

const OPTIONS = {
  digits: { type: "string", default: "256" },
  out: { type: "string", default: "out/digits.png" },
  excerpt: { type: "string" },
  backend: { type: "string", default: "auto" },
  help: { type: "boolean", default: false },
} as const;

/** With fewer, most classes have one digit. It is its own average, and its gradient is zero. */
const FEWEST_DIGITS = 16;
const MOST_DIGITS = 60_000;

/**
 * Reads the command line.
 *
 * @param words without Node and the program
 * @returns undefined if the user asks for help
 * @throws UsageError
 */
export function readArguments(words: readonly string[]): Arguments | undefined {
  refuseUnknown(words, OPTIONS);
  const { help, digits, out, excerpt, backend } = parsed(
    () => parseArgs({ args: [...words], options: OPTIONS }).values,
  );
  if (help) return undefined;
  if (out === "") throw new UsageError("--out is empty, expected the name of a file");
  if (excerpt === "") throw new UsageError("--excerpt is empty, expected the name of a file");
  const count = wholeNumber("digits", digits, FEWEST_DIGITS, MOST_DIGITS);
  return { digits: count, out, excerpt, backend: backendKind(backend) };
}

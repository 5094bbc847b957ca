import { parseArgs } from "node:util";
import type { BackendKind } from "../../demo/backend.js";
import { backendKind, parsed, refuseUnknown, UsageError, wholeNumber } from "../../demo/commandLine.js";

export const OPTIONS_USAGE = `options of the examples that train:
  --quick         a small budget: less data and fewer steps, in seconds
  --backend KIND  auto: a GPU, else WebAssembly, else the CPU reference (default); or webgpu, wasm, cpu
  --threads N     the threads of WebAssembly (default: the cores, at most 8); the results do not depend on it
  --seed N        what weights and the order of the data follow from (default 1)
  --out DIR       where the files go (default out)

Ctrl-C ends the training: the example goes on with what it has learned, and ends with status 130. A second Ctrl-C ends it at once.`;

export interface ExampleOptions {
  readonly quick: boolean;
  readonly backend: BackendKind;
  readonly threads: number | undefined;
  readonly seed: number;
  readonly out: string;
}

const OPTIONS = {
  quick: { type: "boolean" },
  backend: { type: "string" },
  threads: { type: "string" },
  seed: { type: "string" },
  out: { type: "string" },
} as const;

/** Reads the command line. @param words without Node and the program @throws UsageError */
export function readOptions(words: readonly string[]): ExampleOptions {
  refuseUnknown(words, OPTIONS);
  const {
    quick = false,
    backend = "auto",
    threads,
    seed = "1",
    out = "out",
  } = parsed(() => parseArgs({ args: [...words], options: OPTIONS }).values);
  if (out === "") throw new UsageError("--out is empty, expected the name of a folder");
  return {
    ...{ quick, out, backend: backendKind(backend) },
    threads: threads === undefined ? undefined : wholeNumber("threads", threads, 1, 64),
    seed: wholeNumber("seed", seed, 0, Number.MAX_SAFE_INTEGER),
  };
}

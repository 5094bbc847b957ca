import { parseArgs } from "node:util";

export const USAGE = `Measures the speed of every operator, after its values were checked against a float64 reference, as milliseconds, as GFLOP/s or GB/s,
and as a share of what the adapter or the processor can do at most. Runs a peer beside it, if asked to.

usage: npm run bench -- [--backend NAME] [--threads N] [--cases REGEX] [--quick] [--large] [--peer NAME] [--clock NAME] [--json FILE]

  --backend NAME  webgpu (default) or wasm
  --threads N     the threads of wasm, and of ort and ort-web beside it; the cores if left out, 8 at most
  --cases REGEX   only rows whose name matches, such as '^[AE] ', 'dw$', 'max 2x2 gradient' or 'training' (of a LeNet, on wasm)
  --quick         few samples, and only the cases A to E, the large pools and what fills a card
  --large         also the cases that fill a card, on a CPU too; on any other adapter they are always run
  --peer NAME     runs a peer beside it, interleaved in one process; install the peers first: npm ci --prefix bench
                  tfjs: tfjs-backend-webgpu, beside webgpu
                  tfjs-wasm, ort, ort-web: tfjs-backend-wasm, onnxruntime-node, onnxruntime-web, beside wasm
                  software: this library by WebGPU on the software adapter, on all cores, beside wasm
                  one-thread: this library on one thread, beside wasm on more
  --clock NAME    wall (default), or cpu: the time that the process computes, for a busy machine; only with --threads 1, not for software
  --json FILE     writes everything measured to FILE
  --help          this text

It exits with 0 if every value was within the library's bound, with 1 if not or on an error, with 2 if an argument is wrong.`;

/** The peers beside wasm that train: the library on something else. */
export type TrainingPeer = "software" | "one-thread";

export type WasmPeer = TrainingPeer | "tfjs-wasm" | "ort" | "ort-web";

/** What to measure on. */
export type Target =
  | { readonly backend: "webgpu"; readonly peer: "tfjs" | undefined }
  | { readonly backend: "wasm"; readonly peer: WasmPeer | undefined; readonly threads: number | undefined };

export interface Arguments {
  readonly target: Target;
  readonly cases: RegExp;
  readonly quick: boolean;
  readonly large: boolean;
  readonly clock: "wall" | "cpu";
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
  const { help, cases, quick, large, json, clock, ...rest } = parse(words);
  if (help) return undefined;
  if (json === "") throw new UsageError("--json is empty, expected the name of a file");
  if (clock !== "wall" && clock !== "cpu") throw new UsageError(`--clock is "${clock}", expected wall or cpu`);
  const target = targetOf(rest, ["tfjs-wasm", "ort", "ort-web", "software", "one-thread"]);
  if (clock === "cpu" && !(target.backend === "wasm" && target.threads === 1 && target.peer !== "software")) {
    throw new UsageError("--clock is cpu, expected --threads 1 with it, and a peer that runs on one thread");
  }
  return { target, cases: pattern(cases), quick, large, clock, json };
}

/** @param wasmPeers the peers that run beside wasm */
export function targetOf<Name extends WasmPeer>(
  { backend, peer, threads }: { readonly backend?: string; readonly peer?: string; readonly threads?: string },
  wasmPeers: readonly Name[],
):
  | { backend: "webgpu"; peer: "tfjs" | undefined }
  | { backend: "wasm"; peer: Name | undefined; threads: number | undefined } {
  if (backend !== undefined && backend !== "webgpu" && backend !== "wasm") {
    throw new UsageError(`--backend is "${backend}", expected webgpu or wasm`);
  }
  const wasmPeer = wasmPeers.find((name) => name === peer);
  if (peer !== undefined && peer !== "tfjs" && wasmPeer === undefined) {
    throw new UsageError(`--peer is "${peer}", expected tfjs, ${wasmPeers.join(", ")}`);
  }
  const implied = wasmPeer ? "wasm" : "webgpu";
  if (peer !== undefined && backend !== undefined && backend !== implied) {
    throw new UsageError(`--peer is ${peer}, expected --backend ${implied} with it, got ${backend}`);
  }
  if (threads !== undefined && !/^[1-9]\d{0,2}$/.test(threads)) {
    throw new UsageError(`--threads is "${threads}", expected a whole number from 1 on`);
  }
  if (peer === "one-thread" && threads === "1")
    throw new UsageError("--peer is one-thread, expected --threads 2 or more");
  if ((backend ?? implied) === "wasm") {
    return { backend: "wasm", peer: wasmPeer, threads: threads === undefined ? undefined : Number(threads) };
  }
  if (threads !== undefined) throw new UsageError("--threads is only for --backend wasm");
  return { backend: "webgpu", peer: peer === "tfjs" ? peer : undefined };
}

/** A regular expression that names of rows are matched with. @throws UsageError */
export function pattern(cases: string): RegExp {
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
        backend: { type: "string" },
        threads: { type: "string" },
        cases: { type: "string", default: "" },
        quick: { type: "boolean", default: false },
        large: { type: "boolean", default: false },
        peer: { type: "string" },
        clock: { type: "string", default: "wall" },
        json: { type: "string" },
        help: { type: "boolean", default: false },
      },
    }).values;
  } catch (cause) {
    throw new UsageError(cause instanceof Error ? cause.message : String(cause), { cause });
  }
}

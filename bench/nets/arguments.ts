import { parseArgs } from "node:util";
import { pattern, targetOf, UsageError } from "../arguments.js";

export const USAGE = `Measures how fast pretrained nets run on one picture: from its values in the host's memory to the net's. Values of peers are compared with ours.

usage: npm run bench:nets -- [--backend NAME] [--threads N] [--peer NAME …] [--cases REGEX] [--quick] [--clock NAME] [--json FILE]

  --backend NAME  wasm (default) or webgpu
  --threads N     the threads of wasm, and of ort and ort-web beside it; the cores if left out, 8 at most
  --peer NAME     runs a peer beside it, in turn; may be given several times; install the peers first: npm ci --prefix bench
                  ort-web, ort: onnxruntime-web, onnxruntime-node, beside wasm; nets of TensorFlow.js run there as exportOnnx writes them
                  tfjs-wasm: TensorFlow.js on WebAssembly, beside wasm; tfjs: on WebGPU, beside webgpu; only for its own nets
  --cases REGEX   only nets whose name matches, such as '^esrgan'
  --quick         few samples
  --clock NAME    wall (default), or cpu: the time that the process computes, for a busy machine; only with --threads 1
  --json FILE     writes everything measured to FILE
  --help          this text

It exits with 0 if all values agree, with 1 if not or on an error, with 2 if an argument is wrong.`;

const WASM_PEERS = ["ort-web", "ort", "tfjs-wasm"] as const;

export type NetPeer = (typeof WASM_PEERS)[number];

/** What to measure on. */
export type NetTarget =
  | { readonly backend: "webgpu"; readonly tfjs: boolean }
  | { readonly backend: "wasm"; readonly peers: readonly NetPeer[]; readonly threads: number | undefined };

export interface Arguments {
  readonly target: NetTarget;
  readonly cases: RegExp;
  readonly quick: boolean;
  readonly clock: "wall" | "cpu";
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
  const { help, cases, quick, json, clock, ...rest } = parse(words);
  if (help) return undefined;
  if (json === "") throw new UsageError("--json is empty, expected the name of a file");
  if (clock !== "wall" && clock !== "cpu") throw new UsageError(`--clock is "${clock}", expected wall or cpu`);
  const target = netTarget(rest);
  if (clock === "cpu" && !(target.backend === "wasm" && target.threads === 1)) {
    throw new UsageError("--clock is cpu, expected --threads 1 with it");
  }
  return { target, cases: pattern(cases), quick, clock, json };
}

interface Given {
  readonly backend: string;
  readonly threads?: string;
  readonly peer: readonly string[];
}

function netTarget({ peer: peers, ...rest }: Given): NetTarget {
  const backend = peers.includes("tfjs") ? "webgpu" : rest.backend;
  const found = [undefined, ...peers].map((peer) =>
    targetOf({ ...rest, backend, ...(peer !== undefined && { peer }) }, WASM_PEERS),
  );
  const [first] = found;
  if (first?.backend !== "wasm") return { backend: "webgpu", tfjs: peers.length > 0 };
  return {
    backend: "wasm",
    threads: first.threads,
    peers: found.flatMap((target) => (target.backend === "wasm" && target.peer ? [target.peer] : [])),
  };
}

function parse(words: readonly string[]) {
  try {
    return parseArgs({
      args: [...words],
      options: {
        backend: { type: "string", default: "wasm" },
        threads: { type: "string" },
        peer: { type: "string", multiple: true, default: [] },
        cases: { type: "string", default: "" },
        quick: { type: "boolean", default: false },
        clock: { type: "string", default: "wall" },
        json: { type: "string" },
        help: { type: "boolean", default: false },
      },
    }).values;
  } catch (cause) {
    throw new UsageError(cause instanceof Error ? cause.message : String(cause), { cause });
  }
}

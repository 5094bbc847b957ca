import type { Contender, Prepared } from "../contender.js";
import type { Inputs } from "../operands.js";
import type { Task } from "../tasks.js";
import { requireInstalled } from "./missing.js";
import { onnxCall } from "./onnxCalls.js";
import { INPUT, OUTPUT, onnxModel } from "./onnxModel.js";
import type { Peer } from "./peer.js";

type Runtime = typeof import("onnxruntime-common");
type Session = import("onnxruntime-common").InferenceSession;

/** ONNX Runtime, loaded. */
export interface Ort {
  readonly name: string;
  /** With its version. */
  readonly title: string;
  readonly runtime: Runtime;
}

/** ONNX Runtime's build for Node: machine code. @throws (rejects with) PeerMissingError */
export async function importOrt(): Promise<Ort> {
  requireInstalled("ort", "onnxruntime-node");
  const runtime = await import("onnxruntime-node");
  return { name: "ort", title: `onnxruntime-node ${runtime.env.versions.node}`, runtime };
}

/** ONNX Runtime's build for pages: WebAssembly. @throws (rejects with) PeerMissingError */
export async function importOrtWeb(threads: number): Promise<Ort> {
  requireInstalled("ort-web", "onnxruntime-web");
  const runtime = await import("onnxruntime-web");
  runtime.env.wasm.numThreads = threads;
  runtime.env.logLevel = "error";
  return { name: "ort-web", title: `onnxruntime-web ${runtime.env.versions.web}`, runtime };
}

/** @throws (rejects with) PeerMissingError */
export async function loadOrt(threads: number): Promise<Peer> {
  return peerOf(await importOrt(), threads);
}

/** @throws (rejects with) PeerMissingError */
export async function loadOrtWeb(threads: number): Promise<Peer> {
  return peerOf(await importOrtWeb(threads), threads);
}

/** Opens a model, with all optimizations. */
export function openSession(runtime: Runtime, model: Uint8Array, threads: number): Promise<Session> {
  return runtime.InferenceSession.create(model, {
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    graphOptimizationLevel: "all",
    logSeverityLevel: 3,
  });
}

function peerOf({ name, title, runtime }: Ort, threads: number): Peer {
  return {
    name: title,
    open: async (): Promise<Contender> => {
      const sessions: LazySession[] = [];
      return {
        name,
        prepare: async (task, inputs) => {
          const prepared = prepare(runtime, threads, task, inputs);
          if (!prepared) return undefined;
          sessions.push(prepared.session);
          return prepared;
        },
        close: async () => {
          for (const session of sessions) await session.release();
        },
      };
    },
  };
}

function prepare(
  runtime: Runtime,
  threads: number,
  task: Task,
  inputs: Inputs,
): (Prepared & { readonly session: LazySession }) | undefined {
  const call = onnxCall(task, inputs);
  if (!call) return undefined;
  const { node, input, outputOf } = call;
  const session = new LazySession(runtime, onnxModel(node), threads);
  const feeds = { [INPUT]: new runtime.Tensor("float32", input, node.inputShape) };
  return {
    session,
    run: async (times) => {
      const opened = await session.open();
      for (let i = 0; i < times; i++) await opened.run(feeds);
    },
    read: async () => {
      const { [OUTPUT]: output } = await (await session.open()).run(feeds);
      if (!(output?.data instanceof Float32Array)) throw new Error("the model has another output than float32");
      return outputOf(output.data);
    },
  };
}

/** A session that is opened at the first run, because to open it is to compile. */
class LazySession {
  #session: Promise<Session> | undefined;

  constructor(
    private readonly runtime: Runtime,
    private readonly model: Uint8Array,
    private readonly threads: number,
  ) {}

  open(): Promise<Session> {
    this.#session ??= openSession(this.runtime, this.model, this.threads);
    return this.#session;
  }

  async release(): Promise<void> {
    await (await this.#session)?.release();
  }
}

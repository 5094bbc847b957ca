import type { Answer, Question } from "./lesson.js";
import type { Settings } from "./settings.js";

export interface ToWorker {
  readonly id: number;
  readonly compute: Settings["compute"];
  readonly question: Question;
}

/** What the library computes on. */
export interface Adapter {
  readonly kind: "webgpu" | "wasm" | "cpu";
  /** Why there is no WebGPU, if it was wanted. */
  readonly reason: string | undefined;
  readonly name: string;
  readonly software: boolean;
  /** 0 for WebGPU. */
  readonly threads: number;
}

/** How an answer compared with the CPU reference. */
export interface Agreement {
  readonly tensors: number;
  readonly largestError: number;
  /** Of the error that the library's numerical promise allows; at most 1. */
  readonly largestShare: number;
}

export type FromWorker =
  | {
      readonly type: "answer";
      readonly id: number;
      readonly question: Question;
      readonly answer: Answer;
      readonly adapter: Adapter;
      /** From the first operator's call until everything was read; a kernel that is new is compiled in it. */
      readonly milliseconds: number;
    }
  | {
      readonly type: "verdict";
      readonly id: number;
      /** Null where the answer is the reference's own. */
      readonly agreement: Agreement | null;
      /** The same once more, when everything was compiled. */
      readonly milliseconds: number;
    }
  /** The library refused the question, or something is wrong. */
  | { readonly type: "refusal"; readonly id: number; readonly name: string; readonly message: string };

/** What the page and its worker tell each other. The worker alone has the library. */
import type { HostTensor } from "../../images.js";
import type { Labelled } from "../data/packed.js";
import type { Architecture } from "../network/architecture.js";
import type { Method } from "../network/model.js";
import type { Example, Pass } from "../network/pass.js";
import type { Settings } from "../settings/settings.js";
import type { Answers, PartOf, Questions } from "./questions.js";

/** A network to begin with, and how far to train it at once. */
export interface Plan {
  readonly architecture: Architecture;
  readonly method: Method;
  readonly data: Settings["data"];
  /** Steps to train before anything else: those of the link that was opened. */
  readonly steps: number;
}

/** What the library computes on. */
export interface Device {
  readonly kind: "webgpu" | "wasm" | "cpu";
  /** Why there is no WebGPU, if it was wanted. */
  readonly reason: string | undefined;
  readonly name: string;
  readonly software: boolean;
  /** 0 for WebGPU. */
  readonly threads: number;
}

/** The weights of a layer: [R, S, C, K] of a convolution, [inputs, classes] of the dense layer. */
export interface WeightValues {
  readonly kernel: HostTensor;
  readonly bias: HostTensor;
}

/** The network at one moment. All numbers are of the same step. */
export interface Snapshot {
  readonly step: number;
  /** Pictures that it has learned from, repetitions counted. */
  readonly seen: number;
  /** Time spent on training steps. */
  readonly seconds: number;
  /** Of training; NaN before the first step. */
  readonly imagesPerSecond: number;
  /** The convolutions, then the dense layer. */
  readonly weights: readonly WeightValues[];
  readonly pass: Pass | undefined;
}

/** A training step's loss and share of right answers, on its own batch. */
export interface CurvePoint {
  readonly step: number;
  readonly loss: number;
  readonly accuracy: number;
}

/** How the network does on the test items. */
export interface TestPoint extends CurvePoint {
  /** Time spent on training steps before the test. */
  readonly seconds: number;
}

/** The same, item by item. */
export interface TestResult extends TestPoint {
  /** The class that it takes each test item for, … */
  readonly predicted: Uint8Array;
  /** … and how sure it is of it, from 0 to 1. */
  readonly confidence: Float32Array;
  readonly labels: Uint8Array;
}

export type ToWorker =
  | { readonly type: "open"; readonly compute: Settings["compute"] }
  /** The wishes are counted: "begun" says which one it answers. */
  | { readonly type: "network"; readonly plan: Plan; readonly wish: number }
  | { readonly type: "samples"; readonly classes: readonly string[]; readonly samples: Labelled }
  | { readonly type: "run"; readonly running: boolean }
  | { readonly type: "step" }
  /** The last snapshot is drawn. */
  | { readonly type: "drawn" }
  | { readonly type: "pace"; readonly pace: Settings["pace"] }
  | { readonly type: "look"; readonly example: Example }
  | {
      readonly type: "ask";
      readonly id: number;
      readonly kind: keyof Questions;
      readonly question: Questions[keyof Questions];
    }
  /** Nobody waits for the answer to this question any more. */
  | { readonly type: "cancel"; readonly id: number };

/** What the worker is doing. */
export type Activity = "opening" | "loading" | "catching up" | "running" | "paused";

export type FromWorker =
  | { readonly type: "device"; readonly device: Device }
  | { readonly type: "activity"; readonly activity: Activity }
  /** A network that has not learned anything, before its first step. The curves begin anew. */
  | { readonly type: "begun"; readonly plan: Plan; readonly wish: number; readonly snapshot: Snapshot }
  | { readonly type: "snapshot"; readonly snapshot: Snapshot }
  | { readonly type: "curve"; readonly points: readonly CurvePoint[] }
  | { readonly type: "test"; readonly result: TestResult }
  | { readonly type: "answer"; readonly id: number; readonly answer: Answers[keyof Answers] }
  /** On the way to an answer: from 0 to 1, with what is there so far. */
  | {
      readonly type: "progress";
      readonly id: number;
      readonly progress: number;
      readonly part: PartOf<keyof Questions>;
    }
  /** The library refused something, or something is wrong. With an id, it is a question that has no answer. */
  | { readonly type: "refusal"; readonly id: number | undefined; readonly name: string; readonly message: string };

import type { Backend } from "../core/backend.js";
import { checkBackend } from "../core/checkBackend.js";
import { OptionReader } from "../core/options.js";
import type { Dataset } from "../nn/data/dataset.js";
import { classesIn, type LayerClass } from "../nn/files/knownLayers.js";
import {
  type CheckedServerOptions,
  readServerOptions,
  SERVER_OPTION_NAMES,
  type ServerOptions,
} from "./nats/serverOptions.js";
import { readSignal } from "./trainOptions.js";

/** What a worker did last. */
export interface ReplicaReport {
  /** The number of the round, from 1. */
  readonly round: number;
  /** The number of rounds of the whole job. */
  readonly rounds: number;
  /** The number of the replica, from 0. */
  readonly replica: number;
  /** The number of replicas that this worker has computed. */
  readonly replicas: number;
  /** The number of examples of the replica. */
  readonly examples: number;
  /** Their mean loss. */
  readonly loss: number;
  /** The time that the computation took. */
  readonly seconds: number;
}

/** The options of `workDistributed`. */
export interface WorkDistributedOptions extends ServerOptions {
  /** Where the worker computes. Its class must be that of the job, unless the job is `mixed`. Required. */
  readonly backend: Backend;
  /** The examples, the same as the coordinator's. Required. */
  readonly data: Dataset;
  /** The classes of your own layers in the model, by their names: `{ MyLayer }`. None if left out. */
  readonly layers?: Readonly<Record<string, LayerClass>> | undefined;
  /** What reports call the worker: up to 32 letters, digits, "_" and "-". "worker" if left out. */
  readonly name?: string | undefined;
  /** Ends the work: the replica goes to another worker. None if left out. */
  readonly signal?: AbortSignal | undefined;
  /** Called when the worker joins or waits for a job. */
  readonly onState?: ((state: WorkerState) => void) | undefined;
  /** Called after each replica. */
  readonly onReplica?: ((report: ReplicaReport) => void) | undefined;
}

/** "waiting": for the job to begin. "joined": the model is built, and the worker takes replicas. */
export type WorkerState = "waiting" | "joined";

/** What a worker has done when its job is done. */
export interface WorkSummary {
  /** The number of replicas that it computed. */
  readonly replicas: number;
  /** The number of rounds that it had a part in. */
  readonly rounds: number;
}

/** Options that were checked. */
export interface WorkPlan {
  readonly server: CheckedServerOptions;
  readonly backend: Backend;
  readonly data: Dataset;
  readonly layers: Readonly<Record<string, LayerClass>>;
  readonly name: string;
  readonly signal: AbortSignal | undefined;
  readonly onState: (state: WorkerState) => void;
  readonly onReplica: (report: ReplicaReport) => void;
}

export const OPERATOR = "workDistributed";
const KNOWN = [...SERVER_OPTION_NAMES, "backend", "data", "layers", "name", "signal", "onState", "onReplica"];

/** @throws OptionError */
export function readWorkOptions(options: WorkDistributedOptions): WorkPlan {
  const reader = new OptionReader(OPERATOR, options, KNOWN);
  const { backend, data, name = "worker", signal, onState = () => {}, onReplica = () => {} } = options;
  checkBackend(OPERATOR, "backend", backend);
  if (typeof name !== "string" || !/^[A-Za-z0-9_-]{1,32}$/.test(name)) {
    reader.refuse("name", name, 'up to 32 letters, digits, "_" and "-"');
  }
  if (typeof onState !== "function") reader.refuse("onState", onState, "a function");
  if (typeof onReplica !== "function") reader.refuse("onReplica", onReplica, "a function");
  return {
    server: readServerOptions(OPERATOR, reader),
    ...{ backend, data, name, onState, onReplica },
    layers: classesIn(reader),
    signal: readSignal(OPERATOR, signal),
  };
}

import { OptionError, show } from "../core/errors.js";
import { copyOptions, OptionReader } from "../core/options.js";
import { type AugmentOptions, readAugmentation } from "../nn/data/augment.js";
import type { Dataset } from "../nn/data/dataset.js";
import type { Json } from "../nn/layerTypes.js";
import { Model } from "../nn/model.js";
import type { GraphTensors } from "../nn/modelTypes.js";
import { MOST_REPLICAS, STORAGES, type Storage } from "./jobSpec.js";
import {
  type CheckedServerOptions,
  readServerOptions,
  SERVER_OPTION_NAMES,
  type ServerOptions,
} from "./nats/serverOptions.js";

/** The options of `trainDistributed`. */
export interface TrainDistributedOptions extends ServerOptions {
  /**
   * The model: built, compiled, and without an epoch that `fit` left open. Its backend decides the class of the job's
   * workers. Required.
   */
  readonly model: Model<GraphTensors>;
  /** The examples. Every worker has the same ones: only their digest travels. Required. */
  readonly data: Dataset;
  /**
   * The number of replicas that each batch is cut into, from 1 to 2048. It bounds the number of workers that are busy
   * at a time, and the result depends on it. 8 if left out.
   */
  readonly replicas?: number | undefined;
  /**
   * The number of steps of a round. 1: the gradients of all replicas are averaged before each step. More: each replica
   * takes so many steps by itself, and then the weights are averaged, so that as many times fewer bytes travel. 1 if
   * left out.
   */
  readonly localSteps?: number | undefined;
  /** The number of passes over the examples. 1 if left out. */
  readonly epochs?: number | undefined;
  /** The number of examples of a step, over all replicas. 32 if left out. */
  readonly batchSize?: number | undefined;
  /** The seed of the order of the examples, and of augmentation: an integer ≥ 0. That of the model if left out. */
  readonly seed?: number | undefined;
  /** Whether each epoch has another order of the examples. True if left out. */
  readonly shuffle?: boolean | undefined;
  /** Whether a last batch that is smaller than the others is left out. False if left out. */
  readonly dropLast?: boolean | undefined;
  /** Random changes of the images. A function is refused: a job carries data, never code. None if left out. */
  readonly augment?: AugmentOptions | undefined;
  /** The factor of the loss of an example, by the number of its class. 1 for classes that are left out. */
  readonly classWeight?: Readonly<Record<number, number>> | undefined;
  /** Examples that the coordinator evaluates after each epoch. None if left out. */
  readonly validationData?: Dataset | undefined;
  /**
   * How numbers travel. "float16" halves the bytes of workers. The result has other bits then: they still do not depend on the
   * workers. "float32" if left out.
   */
  readonly precision?: "float32" | "float16" | undefined;
  /** How many rounds the servers keep as checkpoints, at least 1. 3 if left out. */
  readonly keep?: number | undefined;
  /**
   * The share of the replicas, from 0 to 1, that a second worker computes too. If two results differ, the coordinator
   * computes a third, and refuses the worker that was wrong. 0 if left out.
   */
  readonly verify?: number | undefined;
  /** Whether workers of every class may join. Then the bits depend on who computes what. False if left out. */
  readonly mixed?: boolean | undefined;
  /** After so many seconds without a sign of life of its worker, a replica goes to another one. 10 if left out. */
  readonly lease?: number | undefined;
  /** Where the servers hold the job. Only "file" survives a restart of theirs. "file" if left out. */
  readonly storage?: "file" | "memory" | undefined;
  /** Stops the coordinator. The job stays, and another coordinator can go on. None if left out. */
  readonly signal?: AbortSignal | undefined;
}

/** Options that were checked. */
export interface TrainPlan {
  readonly server: CheckedServerOptions;
  readonly model: Model<GraphTensors>;
  readonly data: Dataset;
  readonly replicas: number;
  readonly localSteps: number;
  readonly epochs: number;
  readonly batchSize: number;
  readonly seed: number | undefined;
  readonly shuffle: boolean;
  readonly dropLast: boolean;
  readonly augment: Json;
  readonly classWeight: Json;
  readonly validationData: Dataset | undefined;
  readonly precision: "float32" | "float16";
  readonly keep: number;
  readonly verify: number;
  readonly mixed: boolean;
  readonly lease: number;
  readonly storage: Storage;
  readonly signal: AbortSignal | undefined;
}

export const OPERATOR = "trainDistributed";

const KNOWN = [
  ...SERVER_OPTION_NAMES,
  ...["model", "data", "replicas", "localSteps", "epochs", "batchSize", "seed", "shuffle", "dropLast", "augment"],
  ...["classWeight", "validationData", "precision", "keep", "verify", "mixed", "lease", "storage", "signal"],
];

/** @throws OptionError */
export function readTrainOptions(options: TrainDistributedOptions): TrainPlan {
  const reader = new OptionReader(OPERATOR, options, KNOWN);
  const { model, data, validationData, signal } = options;
  if (!(model instanceof Model)) reader.refuse("model", model, "a Sequential or a Model that is built and compiled");
  const replicas = reader.integer("replicas", 1, 8);
  if (replicas > MOST_REPLICAS) reader.refuse("replicas", replicas, `an integer from 1 to ${MOST_REPLICAS}`);
  const plan: TrainPlan = {
    server: readServerOptions(OPERATOR, reader),
    ...{ model, data, replicas, validationData },
    localSteps: reader.integer("localSteps", 1, 1),
    epochs: reader.integer("epochs", 1, 1),
    batchSize: reader.integer("batchSize", 1, 32),
    seed: reader.given("seed") === undefined ? undefined : reader.integer("seed", 0),
    shuffle: reader.boolean("shuffle", true),
    dropLast: reader.boolean("dropLast", false),
    augment: readAugment(reader),
    classWeight: readClassWeight(reader),
    precision: reader.word("precision", ["float32", "float16"], "float32"),
    keep: reader.integer("keep", 1, 3),
    verify: reader.numberFrom("verify", 0, 1 + Number.EPSILON, 0),
    mixed: reader.boolean("mixed", false),
    lease: reader.numberFrom("lease", 0.1, 86_400, 10),
    storage: reader.word("storage", STORAGES, "file"),
    signal: readSignal(OPERATOR, signal),
  };
  if (plan.verify > 0 && plan.mixed) {
    throw new OptionError(
      `${OPERATOR}: verify compares bits, and mixed: true lets workers in whose bits differ; leave one out`,
    );
  }
  return plan;
}

export function readSignal(operator: string, signal: unknown): AbortSignal | undefined {
  if (signal === undefined || signal instanceof AbortSignal) return signal;
  throw new OptionError(
    `${operator}: signal is ${show(signal)}, expected an AbortSignal such as new AbortController().signal`,
  );
}

/** Null if it is left out. What depends on the model is checked later. */
function readAugment(reader: OptionReader): Json {
  const given = reader.given("augment");
  if (given === undefined) return null;
  if (typeof given === "function") refuseCode(reader, "augment", given);
  readAugmentation(OPERATOR, given, new Map());
  return asData(reader, "augment", typeof given === "object" && given !== null ? copyOptions(given) : given);
}

/** Null if it is left out. What depends on the model is checked later. */
function readClassWeight(reader: OptionReader): Json {
  const given = reader.given("classWeight");
  if (given === undefined) return null;
  return asData(reader, "classWeight", given instanceof Map ? Object.fromEntries(given) : given);
}

/** What travels as JSON: an object of numbers and words, or a list of them. What is undefined is left out. */
function asData(reader: OptionReader, name: string, value: unknown): Json {
  if (typeof value !== "object" || value === null) refuseCode(reader, name, value);
  const isData = (each: unknown) =>
    ["string", "boolean"].includes(typeof each) || (typeof each === "number" && Number.isFinite(each));
  const entries = Object.entries(value).filter(([, each]) => each !== undefined);
  const other = entries.find(([, each]) => !isData(each));
  if (other) refuseCode(reader, `${name}.${other[0]}`, other[1]);
  const json: Json = JSON.parse(JSON.stringify(Array.isArray(value) ? value : Object.fromEntries(entries)));
  return json;
}

function refuseCode(reader: OptionReader, name: string, value: unknown): never {
  return reader.refuse(name, value, "finite numbers and words, because a job carries data, never code");
}

import { show } from "../core/errors.js";
import { Fields, Misfit } from "../core/fields.js";
import type { Json } from "../nn/layerTypes.js";
import { digestField } from "./digest.js";
import type { LayoutEntry } from "./layout.js";
import { encodeJson, readFields, readJson } from "./packed.js";
import { PRECISIONS, type Precision } from "./vector.js";
import { LONGEST_CLASS } from "./workerClass.js";

export const JOB_FORMAT = "webgpu-cnn job 1";
/** The most replicas of a round. Dropout has so many different masks for one step. */
export const MOST_REPLICAS = 2048;

export const STORAGES = ["file", "memory"] as const;
export type Storage = (typeof STORAGES)[number];

/** Everything about a job that does not change. It is data only, never code. */
export interface JobSpec {
  readonly format: typeof JOB_FORMAT;
  /** The version of the coordinator's package. */
  readonly version: string;
  /** The class of the workers. Others are refused. */
  readonly class: string;
  /** Whether workers of all classes are taken. */
  readonly mixed: boolean;
  /** The digest of the model's file at the beginning. */
  readonly model: string;
  /** The architecture as JSON, as in the metadata of `model.save()`. */
  readonly architecture: string;
  /** The seed that the model was built with. */
  readonly modelSeed: number;
  /** The options of `compile` without the learning rate. */
  readonly compile: Json;
  /** The options of the coordinator's optimizer. A schedule of the learning rate is left out. */
  readonly optimizer: Json;
  /** The digest of the dataset. */
  readonly data: string;
  /** The number of examples of the dataset. */
  readonly examples: number;
  readonly rounds: number;
  /** The epochs and steps that the model had done before. */
  readonly firstEpoch: number;
  readonly firstStep: number;
  readonly replicas: number;
  readonly localSteps: number;
  readonly epochs: number;
  readonly batchSize: number;
  /** The seed of the order of the examples. */
  readonly seed: number;
  readonly shuffle: boolean;
  readonly dropLast: boolean;
  readonly augment: Json;
  readonly classWeight: Json;
  readonly precision: Precision;
  /** Where the servers hold the job. */
  readonly storage: Storage;
  /** How long a worker may be silent, in seconds. */
  readonly lease: number;
  /** The parts of an answer: the trained weights, then the statistics. */
  readonly layout: readonly LayoutEntry[];
}

const LONGEST_VERSION = 64;
const LONGEST_NAME = 1024;
const MOST_PARTS = 100_000;
const DEEPEST = 64;
/** The most bytes of a job. The architecture is the largest part. */
export const LONGEST_SPEC = 2 ** 26;

/** @throws JobError if something cannot be sent, such as a number that JSON lacks */
export function encodeJobSpec(spec: JobSpec): Uint8Array<ArrayBuffer> {
  // JSON would have null for a number that it lacks.
  const { compile, optimizer, augment, classWeight } = spec;
  readFields("job", { compile, optimizer, augment, classWeight }, (fields) => {
    for (const name of fields.names) json(fields, name);
  });
  return encodeJson(spec);
}

/** @throws JobError that names the field */
export function parseJobSpec(bytes: Uint8Array): JobSpec {
  return readJson("job", bytes, LONGEST_SPEC, (fields) => ({
    format: fields.word("format", [JOB_FORMAT]),
    version: fields.text("version", LONGEST_VERSION),
    class: fields.text("class", LONGEST_CLASS),
    mixed: fields.boolean("mixed"),
    model: digestField(fields, "model"),
    architecture: fields.text("architecture"),
    modelSeed: fields.count("modelSeed"),
    compile: json(fields, "compile"),
    optimizer: json(fields, "optimizer"),
    data: digestField(fields, "data"),
    examples: fields.count("examples", 1),
    rounds: fields.count("rounds", 1),
    firstEpoch: fields.count("firstEpoch"),
    firstStep: fields.count("firstStep"),
    replicas: fields.count("replicas", 1, MOST_REPLICAS),
    localSteps: fields.count("localSteps", 1),
    epochs: fields.count("epochs", 1),
    batchSize: fields.count("batchSize", 1),
    seed: fields.count("seed"),
    shuffle: fields.boolean("shuffle"),
    dropLast: fields.boolean("dropLast"),
    augment: json(fields, "augment"),
    classWeight: json(fields, "classWeight"),
    precision: fields.word("precision", PRECISIONS),
    storage: fields.word("storage", STORAGES),
    lease: fields.amount("lease"),
    layout: layout(fields),
  }));
}

/** What may differ when a coordinator goes on with a job. Its model may be trained already. */
const MAY_DIFFER: readonly (keyof JobSpec)[] = ["model", "firstEpoch", "firstStep"];

/**
 * Whether a coordinator that starts again has the job that is on the servers. How far its model is does not count.
 *
 * @returns the first field that differs, or undefined
 */
export function sameJob(own: JobSpec, existing: JobSpec): keyof JobSpec | undefined {
  return fieldsOf(own).find((name) => !MAY_DIFFER.includes(name) && canonical(own[name]) !== canonical(existing[name]));
}

function fieldsOf(spec: JobSpec): readonly (keyof JobSpec)[] {
  const isField = (name: string): name is keyof JobSpec => name in spec;
  return Object.keys(spec).filter(isField);
}

function layout(fields: Fields): readonly LayoutEntry[] {
  const names = new Set<string>();
  return fields.list("layout", MOST_PARTS).map((value, i) => {
    const entry = new Fields(value, `layout[${i}]`);
    const name = entry.text("name", LONGEST_NAME);
    if (names.has(name)) throw new Misfit(`layout has ${show(name)} twice`);
    names.add(name);
    return { name, size: entry.count("size", 1) };
  });
}

function json(fields: Fields, name: string): Json {
  return jsonOf(fields.value(name), name, 0);
}

/** @param where its name in messages */
function jsonOf(value: unknown, where: string, depth: number): Json {
  if (depth > DEEPEST) throw new Misfit(`${where} is nested deeper than ${DEEPEST} levels`);
  if (typeof value === "string" || typeof value === "boolean" || value === null) return value;
  if (typeof value === "number" && Number.isFinite(value)) return value;
  if (Array.isArray(value)) return value.map((entry, i) => jsonOf(entry, `${where}[${i}]`, depth + 1));
  if (typeof value !== "object") throw new Misfit(`${where} is ${show(value)}, expected a value of JSON`);
  const entries = Object.entries(value);
  return Object.fromEntries(entries.map(([name, entry]) => [name, jsonOf(entry, `${where}.${name}`, depth + 1)]));
}

/** JSON that does not depend on the order of names. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_, each: unknown) =>
    typeof each === "object" && each !== null && !Array.isArray(each)
      ? Object.fromEntries(Object.entries(each).sort(([a], [b]) => (a < b ? -1 : 1)))
      : each,
  );
}

import { JobError } from "../core/errors.js";
import { type Fields, Misfit } from "../core/fields.js";
import { digestField } from "./digest.js";
import { isObjectName } from "./nats/names.js";
import { encodeJson, pack, readJson, unpack } from "./packed.js";
import { LONGEST_CLASS } from "./workerClass.js";

const PHASES = ["training", "done", "failed"] as const;
export type Phase = (typeof PHASES)[number];

/**
 * Every message of a job has the SHA-256 of its description. So nothing of a deleted job is taken for one of its name
 * that began afterwards.
 */
interface OfJob {
  /** SHA-256 of the job's description. */
  readonly job: string;
}

/** How far a job is. Only the coordinator writes it. */
export interface RoundRecord extends OfJob {
  /** The number of rounds that are done. It is the number of the next one, which counts from 0. */
  readonly round: number;
  /** The number of rounds of the job. */
  readonly rounds: number;
  readonly phase: Phase;
  /** The id of the coordinator that leads. */
  readonly coordinator: string;
  /** SHA-256 of the file of this round's weights. */
  readonly weightsDigest: string;
  /** The size of that file. */
  readonly weightsBytes: number;
  /** Why the job failed. */
  readonly why?: string | undefined;
}

/** One replica of one round, for a worker to compute. */
export interface WorkMessage extends OfJob {
  readonly round: number;
  readonly replica: number;
  /** SHA-256 of the round's weights. */
  readonly weightsDigest: string;
  /** The learning rate of each step of the round. */
  readonly rates: readonly number[];
  /** A worker that must not do it, because it is a check of that worker. */
  readonly except?: string | undefined;
}

/** What a worker computed. The vector comes behind it, or is an object of the store. */
export interface AnswerHeader extends OfJob {
  readonly round: number;
  readonly replica: number;
  /** That of the work that it answers. */
  readonly weightsDigest: string;
  readonly worker: string;
  readonly workerClass: string;
  /** SHA-256 of the vector's bytes. */
  readonly digest: string;
  /** The number of the vector's bytes. */
  readonly bytes: number;
  /** The mean loss of the examples. NaN and ±Infinity are possible. */
  readonly loss: number;
  readonly metrics: Readonly<Record<string, number>>;
  readonly examples: number;
  /** The time of the computation. */
  readonly seconds: number;
  /** The name of the object that is the vector. If undefined, the vector is in the message. */
  readonly object?: string | undefined;
}

/** A sign of life. */
export interface Heartbeat {
  readonly worker: string;
  readonly workerClass: string;
  /** The number of replicas that it has done. */
  readonly replicas: number;
  readonly round: number;
  readonly busy: boolean;
  readonly imagesPerSecond: number;
}

/** What the reader of a message knows. A message that does not fit it is refused. */
export interface Limits {
  readonly rounds: number;
  readonly replicas: number;
  readonly localSteps: number;
}

/** The most bytes of a message's JSON. */
const LONGEST_JSON = 2 ** 20;
const LONGEST_REASON = 2000;
const MOST_METRICS = 1000;

const ID = /^[A-Za-z0-9_-]{1,64}$/;

export function encodeRoundRecord(record: RoundRecord): Uint8Array<ArrayBuffer> {
  const { why } = record;
  return encodeJson({ ...record, why: why?.slice(0, LONGEST_REASON) });
}

/** @param mostWeightsBytes the largest file of weights that is expected @throws JobError */
export function parseRoundRecord(bytes: Uint8Array, mostWeightsBytes = Number.MAX_SAFE_INTEGER): RoundRecord {
  return readJson("record", bytes, LONGEST_JSON, (fields) => {
    const rounds = fields.count("rounds");
    return {
      job: digestField(fields, "job"),
      round: fields.count("round", 0, rounds),
      rounds,
      phase: fields.word("phase", PHASES),
      coordinator: idOf(fields, "coordinator"),
      weightsDigest: digestField(fields, "weightsDigest"),
      weightsBytes: fields.count("weightsBytes", 0, mostWeightsBytes),
      ...(fields.has("why") && { why: fields.text("why", LONGEST_REASON) }),
    };
  });
}

export function encodeWork(work: WorkMessage): Uint8Array<ArrayBuffer> {
  return encodeJson(work);
}

/** @throws JobError */
export function parseWork(bytes: Uint8Array, { rounds, replicas, localSteps }: Limits): WorkMessage {
  return readJson("work", bytes, LONGEST_JSON + 32 * localSteps, (fields) => ({
    job: digestField(fields, "job"),
    round: numberBelow(fields, "round", rounds),
    replica: numberBelow(fields, "replica", replicas),
    weightsDigest: digestField(fields, "weightsDigest"),
    rates: fields.numbers("rates", localSteps),
    ...(fields.has("except") && { except: idOf(fields, "except") }),
  }));
}

/** @param payload the vector, or nothing if it is in the store */
export function encodeAnswer(header: AnswerHeader, payload: Uint8Array): Uint8Array<ArrayBuffer> {
  return pack(header, payload);
}

/**
 * The header, and the vector's bytes if they are in the message. Whether the digest fits them is not checked here.
 *
 * @param vectorBytes the number of a vector's bytes
 * @throws JobError
 */
export function parseAnswer(
  bytes: Uint8Array,
  { rounds, replicas, vectorBytes }: Pick<Limits, "rounds" | "replicas"> & { readonly vectorBytes: number },
): { readonly header: AnswerHeader; readonly payload: Uint8Array | undefined } {
  const { json, payload } = unpack("answer", bytes);
  const header = readJson(
    "answer",
    json,
    LONGEST_JSON,
    (fields): AnswerHeader => ({
      job: digestField(fields, "job"),
      round: numberBelow(fields, "round", rounds),
      replica: numberBelow(fields, "replica", replicas),
      weightsDigest: digestField(fields, "weightsDigest"),
      worker: idOf(fields, "worker"),
      workerClass: fields.text("workerClass", LONGEST_CLASS),
      digest: digestField(fields, "digest"),
      bytes: fields.count("bytes", vectorBytes, vectorBytes),
      loss: fields.number("loss"),
      metrics: metricsOf(fields.fields("metrics")),
      examples: fields.count("examples", 1),
      seconds: fields.amount("seconds"),
      ...(fields.has("object") && { object: objectOf(fields) }),
    }),
  );
  const expected = header.object === undefined ? vectorBytes : 0;
  if (payload.length !== expected) {
    const why = header.object === undefined ? "" : " because its vector is an object";
    throw new JobError(`answer: ${payload.length} bytes follow the JSON, expected ${expected}${why}`);
  }
  return { header, payload: header.object === undefined ? payload : undefined };
}

export function encodeHeartbeat(heartbeat: Heartbeat): Uint8Array<ArrayBuffer> {
  return encodeJson(heartbeat);
}

/** @throws JobError */
export function parseHeartbeat(bytes: Uint8Array): Heartbeat {
  return readJson("heartbeat", bytes, LONGEST_JSON, (fields) => ({
    worker: idOf(fields, "worker"),
    workerClass: fields.text("workerClass", LONGEST_CLASS),
    replicas: fields.count("replicas"),
    round: fields.count("round"),
    busy: fields.boolean("busy"),
    imagesPerSecond: fields.amount("imagesPerSecond"),
  }));
}

/** A number that counts from 0. */
function numberBelow(fields: Fields, name: string, count: number): number {
  return fields.count(name, 0, count - 1);
}

/** An id is part of subjects and names on the servers. */
function idOf(fields: Fields, name: string): string {
  return fields.pattern(name, ID, "1 to 64 letters, digits, _ or -");
}

function objectOf(fields: Fields): string {
  const name = fields.text("object");
  return isObjectName(name) ? name : fields.refuse("object", "letters, digits, _ or -, and dots between them");
}

function metricsOf(metrics: Fields): Readonly<Record<string, number>> {
  const { names } = metrics;
  if (names.length > MOST_METRICS) {
    throw new Misfit(`metrics has ${names.length} entries, expected at most ${MOST_METRICS}`);
  }
  return Object.fromEntries(names.map((name) => [name, metrics.number(name)]));
}

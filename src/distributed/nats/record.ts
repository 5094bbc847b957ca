import type { KV } from "@nats-io/kv";
import { pause } from "../abort.js";
import { jetStreamCode, STREAM_NOT_FOUND, WRONG_LAST_SEQUENCE } from "./failures.js";
import type { Link } from "./link.js";
import type { JobNames } from "./names.js";
import { loadPackage } from "./packages.js";

const RECORD = "round";
const CLAIM = "claim";
const REFUSED = "refused.";

/** How often a worker looks whether the job exists. Milliseconds. */
const LOOK_EVERY = 500;

/** A value and the number of its version. */
export interface Revision {
  readonly value: Uint8Array;
  readonly revision: number;
}

/** The job's record and the workers that it refused. */
export class JobRecord {
  readonly #link: Link;
  readonly #names: JobNames;
  readonly #bucket: KV;
  /** Whether the server has the stream for sure. */
  #isCreated = false;

  private constructor(link: Link, names: JobNames, bucket: KV) {
    this.#link = link;
    this.#names = names;
    this.#bucket = bucket;
  }

  /** Needs no answer from the server. */
  static async open(link: Link, names: JobNames): Promise<JobRecord> {
    const { Kvm } = await loadPackage(() => import("@nats-io/kv"), "@nats-io/kv");
    // Read from the leader of the stream: a copy may be older.
    const bucket = await new Kvm(link.jetStream).open(names.bucket, { allow_direct: false });
    return new JobRecord(link, names, bucket);
  }

  /** The record. Undefined before the coordinator wrote it. */
  read(): Promise<Revision | undefined> {
    return this.#link.run("the reading of the job's record", () => this.#get(RECORD));
  }

  /** Waits until there is a record. */
  async wait(signal: AbortSignal | undefined): Promise<void> {
    for (;;) {
      const record = await this.#link.run("the reading of the job's record", () => this.#getIfJob(), signal);
      if (record) return;
      await pause(LOOK_EVERY, this.#link.signal(signal));
    }
  }

  /**
   * Writes the record if `revision` is still the newest, or if there is none and `revision` is undefined.
   *
   * @returns the new revision, or undefined if somebody else changed the record
   */
  replace(value: Uint8Array, revision: number | undefined): Promise<number | undefined> {
    return this.#replace(RECORD, value, revision);
  }

  /** Notes which job has this name, unless there is such a note. @returns the note */
  async claim(job: string): Promise<string> {
    await this.#replace(CLAIM, new TextEncoder().encode(job), undefined);
    const claim = await this.#link.run("the reading of the job's claim", () => this.#get(CLAIM));
    return new TextDecoder().decode(claim?.value);
  }

  async #replace(key: string, value: Uint8Array, revision: number | undefined): Promise<number | undefined> {
    let tries = 0;
    return this.#link.run(`the writing of the job's ${key}`, async () => {
      const isRepeated = tries++ > 0;
      try {
        if (revision === undefined) return await this.#bucket.create(key, value);
        return await this.#bucket.update(key, value, revision);
      } catch (error) {
        if (jetStreamCode(error) !== WRONG_LAST_SEQUENCE) throw error;
        // An earlier try of this call may have been stored, and only its confirmation lost.
        const now = isRepeated ? await this.#get(key) : undefined;
        return now && isSame(now.value, value) ? now.revision : undefined;
      }
    });
  }

  /** Notes that a worker may not take part. */
  async refuse(worker: string, why: string): Promise<void> {
    await this.#link.run("the refusal of a worker", () => this.#bucket.put(REFUSED + worker, why));
  }

  /** Why workers may not take part, by their ids. */
  async refusals(): Promise<Map<string, string>> {
    const prefix = `$KV.${this.#names.bucket}.`;
    const { state } = await this.#link.run("the reading of refused workers", () =>
      this.#link.manager.streams.info(this.#names.bucketStream, { subjects_filter: `${prefix}${REFUSED}>` }),
    );
    const refusals = new Map<string, string>();
    for (const subject of Object.keys(state.subjects ?? {})) {
      const key = subject.slice(prefix.length);
      const why = await this.#link.run("the reading of refused workers", () => this.#get(key));
      if (why) refusals.set(key.slice(REFUSED.length), new TextDecoder().decode(why.value));
    }
    return refusals;
  }

  /** Why this worker may not take part. Undefined if it may. */
  async refusal(worker: string): Promise<string | undefined> {
    const why = await this.#link.run("the reading of a refusal", () => this.#get(REFUSED + worker));
    return why && new TextDecoder().decode(why.value);
  }

  async #get(key: string): Promise<Revision | undefined> {
    // Version 2.9 of the server crashes if a value is read while its stream is created. A stream with a message is there.
    if (!this.#isCreated) {
      const { state } = await this.#link.manager.streams.info(this.#names.bucketStream);
      if (state.messages === 0) return undefined;
      this.#isCreated = true;
    }
    const entry = await this.#bucket.get(key);
    return entry?.operation === "PUT" ? { value: entry.value, revision: entry.revision } : undefined;
  }

  /** Undefined also if there is no job of this name. */
  async #getIfJob(): Promise<Revision | undefined> {
    try {
      return await this.#get(RECORD);
    } catch (error) {
      if (jetStreamCode(error) === STREAM_NOT_FOUND) return undefined;
      throw error;
    }
  }
}

function isSame(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}

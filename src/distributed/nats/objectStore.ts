import { JobError } from "../../core/errors.js";
import { concatBytes } from "../../io/arrays.js";
import { sha256 } from "../digest.js";
import { jetStreamCode, NO_MESSAGE } from "./failures.js";
import type { Link } from "./link.js";
import { isObjectName, objectStream } from "./names.js";

const CHUNK_BYTES = 2 ** 19;

/** What is stored about an object, as far as it is needed here. */
interface ObjectInfo {
  readonly nuid: string;
  readonly size: number;
  readonly chunks: number;
  readonly digest: string;
  readonly sequence: number;
}

/** An object is not what its writer tells, or larger than expected. Who may write to the store can make one. */
export class DamagedObject extends JobError {}

/**
 * Files on the server, in the format of NATS's object stores, which their tools read. The client package for them is not
 * used: its `put` needs the right to purge, which would let each worker delete all answers, and its `get` waits for a
 * minute after a restart of the server. Here each chunk is a call of its own, which is repeated alone.
 */
export class ObjectStore {
  readonly #link: Link;
  readonly #name: string;
  readonly #stream: string;

  constructor(link: Link, name: string) {
    this.#link = link;
    this.#name = name;
    this.#stream = objectStream(name);
  }

  /** Stores an object. The newest of a name counts. The older ones stay until `remove`. */
  async put(name: string, bytes: Uint8Array, signal?: AbortSignal): Promise<void> {
    const link = this.#link;
    const digest = await sha256(bytes);
    // With the name as a part of it, all chunks of a name can be deleted at once, those of a put that failed too.
    const nuid = `${name}.${crypto.randomUUID()}`;
    const size = Math.min(CHUNK_BYTES, link.maxPayload);
    const chunks = Math.ceil(bytes.length / size);
    for (let i = 0; i < chunks; i++) {
      const chunk = bytes.subarray(i * size, (i + 1) * size);
      await this.#publish(`the upload of ${name}`, this.#chunks(nuid), chunk, `${nuid}.${i}`, signal);
    }
    const info = {
      ...{ name, description: "", bucket: this.#name, nuid, size: bytes.length, chunks, deleted: false, metadata: {} },
      ...{ options: { max_chunk_size: size }, mtime: new Date().toISOString(), digest: formatDigest(digest) },
    };
    const text = new TextEncoder().encode(JSON.stringify(info));
    await this.#publish(`the upload of ${name}`, this.#meta(name), text, nuid, signal);
  }

  /**
   * An object's bytes. Undefined if there is none of this name.
   *
   * @throws (rejects with) DamagedObject if it is larger than `maximumBytes`, or damaged
   */
  async get(name: string, maximumBytes: number, signal?: AbortSignal): Promise<Uint8Array | undefined> {
    const what = `the download of ${name}`;
    for (;;) {
      const info = await this.#info(what, name, signal);
      if (!info) return undefined;
      if (info.size > maximumBytes) {
        throw new DamagedObject(
          `${this.#link.operator}: ${name} has ${info.size} bytes on the server, expected at most ${maximumBytes}`,
        );
      }
      const bytes = await this.#read(what, info, signal);
      if (bytes && formatDigest(await sha256(bytes)) === info.digest) return bytes;
      // Deleted or replaced meanwhile; else the bytes on the server are damaged.
      const now = await this.#info(what, name, signal);
      if (now?.sequence !== info.sequence) continue;
      throw new DamagedObject(
        `${this.#link.operator}: ${name} is damaged on the server: its bytes do not fit its digest`,
      );
    }
  }

  /** Deletes an object, if there is one. */
  async remove(name: string, signal?: AbortSignal): Promise<void> {
    await this.#purge(this.#meta(name), signal);
    await this.#purge(this.#chunks(`${name}.>`), signal);
  }

  /** The names of all objects. What others have put under a name that no object can have is left out. */
  async names(signal?: AbortSignal): Promise<string[]> {
    const prefix = this.#metaPrefix();
    const { state } = await this.#link.run(
      `the list of ${this.#name}`,
      () => this.#link.manager.streams.info(this.#stream, { subjects_filter: `${prefix}>` }),
      signal,
    );
    return Object.keys(state.subjects ?? {})
      .map((subject) => decodeName(subject.slice(prefix.length)))
      .filter((name) => name !== undefined);
  }

  async #publish(
    what: string,
    subject: string,
    bytes: Uint8Array,
    msgID: string,
    signal: AbortSignal | undefined,
  ): Promise<void> {
    await this.#link.run(what, () => this.#link.jetStream.publish(subject, bytes, { msgID }), signal);
  }

  async #info(what: string, name: string, signal: AbortSignal | undefined): Promise<ObjectInfo | undefined> {
    const message = await this.#link.run(
      what,
      async () => {
        try {
          return await this.#link.manager.streams.getMessage(this.#stream, { last_by_subj: this.#meta(name) });
        } catch (error) {
          if (jetStreamCode(error) === NO_MESSAGE) return null;
          throw error;
        }
      },
      signal,
    );
    if (!message) return undefined;
    const info: unknown = readJson(message.string());
    if (!isObjectInfo(info)) {
      if (isDeleted(info)) return undefined;
      throw new DamagedObject(`${this.#link.operator}: what the server knows of ${name} is malformed`);
    }
    return { ...info, sequence: message.seq };
  }

  /** All chunks. Undefined if one is missing. */
  async #read(what: string, info: ObjectInfo, signal: AbortSignal | undefined): Promise<Uint8Array | undefined> {
    const parts: Uint8Array[] = [];
    let bytes = 0;
    let sequence = 1;
    for (let i = 0; i < info.chunks; i++) {
      const query = { seq: sequence, next_by_subj: this.#chunks(info.nuid) };
      const message = await this.#link.run(
        what,
        () => this.#link.manager.direct.getMessage(this.#stream, query),
        signal,
      );
      if (!message) return undefined;
      parts.push(message.data);
      bytes += message.data.length;
      sequence = message.seq + 1;
      // A chunk without bytes would let a small object have any number of them.
      if (message.data.length === 0 || bytes > info.size) return undefined;
    }
    return concatBytes(parts);
  }

  async #purge(filter: string, signal: AbortSignal | undefined): Promise<void> {
    await this.#link.run(
      `the deletion in ${this.#name}`,
      () => this.#link.manager.streams.purge(this.#stream, { filter }),
      signal,
    );
  }

  #chunks(nuid: string): string {
    return `$O.${this.#name}.C.${nuid}`;
  }

  #metaPrefix(): string {
    return `$O.${this.#name}.M.`;
  }

  #meta(name: string): string {
    return this.#metaPrefix() + encodeName(name);
  }
}

/** A digest in hexadecimal digits, as object stores write it. */
function formatDigest(digest: string): string {
  const bytes = (digest.match(/../g) ?? []).map((pair) => Number.parseInt(pair, 16));
  return `SHA-256=${base64Url(String.fromCharCode(...bytes))}`;
}

function encodeName(name: string): string {
  return base64Url(name);
}

/** Undefined if it is the name of no object. */
function decodeName(text: string): string | undefined {
  if (!/^[\w-]+={0,2}$/.test(text) || text.length % 4 !== 0) return undefined;
  const name = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  return isObjectName(name) ? name : undefined;
}

function base64Url(characters: string): string {
  return btoa(characters).replaceAll("+", "-").replaceAll("/", "_");
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function isObjectInfo(value: unknown): value is Omit<ObjectInfo, "sequence"> {
  if (typeof value !== "object" || value === null || isDeleted(value)) return false;
  return (
    "nuid" in value &&
    typeof value.nuid === "string" &&
    "size" in value &&
    Number.isSafeInteger(value.size) &&
    "chunks" in value &&
    Number.isSafeInteger(value.chunks) &&
    "digest" in value &&
    typeof value.digest === "string"
  );
}

function isDeleted(value: unknown): boolean {
  return typeof value === "object" && value !== null && "deleted" in value && value.deleted === true;
}

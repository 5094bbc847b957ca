import { JobError } from "../core/errors.js";
import { decodeSafetensors } from "../io/safetensors.js";
import { readFile } from "../nn/files/format.js";
import { sha256 } from "./digest.js";
import { addDifference } from "./errorFeedback.js";
import type { Layout } from "./layout.js";
import { encodeVector, type Precision } from "./vector.js";

/** What is read of the job's rounds. */
export interface RoundStore {
  get(name: string, maximumBytes: number): Promise<Uint8Array | undefined>;
}

/** The digest of a round's weights: of their values as float32, in the order of the layout. */
export function weightsDigest(vector: Float32Array): Promise<string> {
  return sha256(encodeVector([vector], "float32"));
}

/** More than the header and the metadata of a file of weights take. */
const OTHER_BYTES = 2 ** 24;

/** Gets the weights of rounds from the servers. A worker that has the round before needs the difference only. */
export class RoundWeights {
  #round = -1;
  #digest = "";
  #vector: Float32Array = new Float32Array();

  constructor(
    private readonly store: RoundStore,
    private readonly layout: Layout,
    private readonly precision: Precision,
  ) {}

  /**
   * @param digest what the values must have
   * @returns the values, one vector of all that change. Undefined if the servers have the round no more, or other values
   */
  async of(round: number, digest: string): Promise<Float32Array | undefined> {
    if (round === this.#round && digest === this.#digest) return this.#vector;
    const vector = (await this.#changed(round, digest)) ?? (await this.#whole(round, digest));
    if (!vector) return undefined;
    this.#round = round;
    this.#digest = digest;
    this.#vector = vector;
    return vector;
  }

  async #changed(round: number, digest: string): Promise<Float32Array | undefined> {
    if (this.precision === "float32" || this.#round < 0 || round !== this.#round + 1) return undefined;
    const bytes = await this.store.get(`change.${round}`, this.#mostBytes);
    if (!bytes) return undefined;
    const vector = this.#vector.slice();
    try {
      addDifference(vector, bytes, this.layout.sizes);
    } catch (error) {
      // The whole weights are there too.
      if (error instanceof JobError) return undefined;
      throw error;
    }
    return (await weightsDigest(vector)) === digest ? vector : undefined;
  }

  async #whole(round: number, digest: string): Promise<Float32Array | undefined> {
    const bytes = await this.store.get(`weights.${round}`, this.#mostBytes);
    if (!bytes) return undefined;
    const vector = vectorIn(this.layout, bytes);
    return (await weightsDigest(vector)) === digest ? vector : undefined;
  }

  get #mostBytes(): number {
    return 4 * this.layout.length + OTHER_BYTES;
  }
}

/** The vector of a round's file. @throws JobError if the file lacks weights; FileFormatError if it is damaged */
export function vectorIn(layout: Layout, bytes: Uint8Array): Float32Array {
  const { tensors } = readFile("workDistributed", decodeSafetensors(bytes));
  const values = layout.entries.map(({ name, size }) => {
    const data = tensors.get(name)?.data;
    if (!(data instanceof Float32Array) || data.length !== size) {
      throw new JobError(`workDistributed: the job's weights lack ${name} with ${size} values of float32`);
    }
    return [name, data] as const;
  });
  return layout.join(new Map(values));
}

import { JobError } from "../core/errors.js";
import { existing } from "../core/objects.js";
import { decodeSafetensors, encodeSafetensors, type SafetensorsFile } from "../io/safetensors.js";
import { type ModelFile, STEP } from "../nn/files/format.js";
import type { Model } from "../nn/model.js";
import type { GraphTensors } from "../nn/modelTypes.js";
import { ErrorFeedback } from "./errorFeedback.js";
import type { Layout } from "./layout.js";
import { vectorIn, weightsDigest } from "./roundWeights.js";
import { OPERATOR } from "./trainOptions.js";
import type { Precision } from "./vector.js";

/** Where the files of rounds are. */
export interface FileStore {
  put(name: string, bytes: Uint8Array): Promise<void>;
  get(name: string, maximumBytes: number): Promise<Uint8Array | undefined>;
  remove(name: string): Promise<void>;
}

/** What a record tells of a round's weights. */
export interface StoredRound {
  readonly weightsDigest: string;
  readonly weightsBytes: number;
}

/** No file of a model is larger than what an ArrayBuffer holds. */
const MOST_BYTES = 2 ** 32;

export interface RoundFilesOptions {
  readonly precision: Precision;
  /** The number of rounds that stay. */
  readonly keep: number;
  readonly localSteps: number;
}

/**
 * The files of rounds, for workers and for a coordinator that goes on:
 *
 * - "model": the whole model at the beginning, as `save` gives it.
 * - "weights.N": the weights that training changes, after N rounds, with the architecture. If nothing is frozen, it is a
 *   whole model file, which `loadModel` reads.
 * - "state.N": the rest of a checkpoint. With "float16", also the weights before they were rounded.
 * - "optimizer", if rounds have several local steps: what then stays as it is in the state, once for all rounds. The
 *   coordinator's optimizer takes no step.
 * - "change.N", with "float16": the difference to the weights of the round before.
 */
export class RoundFiles {
  #feedback: ErrorFeedback | undefined;
  #published = new Float32Array();

  constructor(
    private readonly store: FileStore,
    private readonly layout: Layout,
    private readonly options: RoundFilesOptions,
  ) {}

  /** The weights that workers have, one vector in the order of the layout. It must not be changed. */
  get published(): Float32Array {
    return this.#published;
  }

  /** Stores the present state of the model as that after so many rounds. */
  async write(model: Model<GraphTensors>, round: number): Promise<StoredRound> {
    const { tensors, metadata } = await model.checkpoint();
    const names = new Set(this.layout.entries.map(({ name }) => name));
    const isFloat16 = this.options.precision === "float16";
    const change = this.#publish(this.layout.join(mapOf(tensors, names)), round);
    const parts = this.layout.split(this.#published);
    const weights = [...parts].map(
      ([name, data]) => [name, { shape: existing(tensors.get(name)).shape, data }] as const,
    );
    const isConstant = (name: string) => this.#hasConstants && !model.weights.has(name) && name !== STEP;
    const constant = [...tensors].filter(([name]) => isConstant(name));
    const rest = [...tensors].filter(([name]) =>
      names.has(name) ? isFloat16 : !model.weights.has(name) && !isConstant(name),
    );
    const { format = "", architecture = "", seed = "" } = metadata;
    const file = encodeSafetensors({ tensors: new Map(weights), metadata: { format, architecture, seed } });
    await Promise.all([
      this.store.put(`weights.${round}`, file),
      this.store.put(`state.${round}`, encodeSafetensors({ tensors: new Map(rest), metadata })),
      change && this.store.put(`change.${round}`, change),
      this.#hasConstants &&
        round === 0 &&
        this.store.put("optimizer", encodeSafetensors({ tensors: new Map(constant) })),
    ]);
    return { weightsDigest: await weightsDigest(this.#published), weightsBytes: file.length };
  }

  /** Gives the model the state after so many rounds. @throws JobError if the servers have not all of it */
  async restore(model: Pick<Model<GraphTensors>, "restore">, round: number): Promise<void> {
    const names = ["model", ...(this.#hasConstants ? ["optimizer"] : []), `weights.${round}`, `state.${round}`];
    const files = await Promise.all(names.map((name) => this.#read(name)));
    const [weights, state] = files.slice(-2);
    // Later files have the later values of a name.
    const tensors = new Map(files.flatMap(({ file }) => [...file.tensors]));
    model.restore({ tensors, metadata: existing(state).file.metadata });
    this.#published = Float32Array.from(vectorIn(this.layout, existing(weights).bytes));
    this.#feedback = undefined;
  }

  /** Removes what nobody needs after so many rounds. */
  async removeOld(round: number): Promise<void> {
    const old = round - this.options.keep;
    if (old < 0) return;
    const kinds = this.options.precision === "float16" ? ["weights", "state", "change"] : ["weights", "state"];
    await Promise.all(kinds.map((kind) => this.store.remove(`${kind}.${old}`)));
  }

  /** Whether a part of the state never changes. */
  get #hasConstants(): boolean {
    return this.options.localSteps > 1;
  }

  /** @returns the difference to the round before, if workers get it */
  #publish(weights: Float32Array<ArrayBuffer>, round: number): Uint8Array | undefined {
    if (this.options.precision === "float32" || round === 0) {
      this.#published = weights;
      return undefined;
    }
    this.#feedback ??= new ErrorFeedback(this.#published, this.layout.sizes);
    const change = this.#feedback.publish(weights);
    this.#published = this.#feedback.published.slice();
    return change;
  }

  async #read(name: string): Promise<{ readonly bytes: Uint8Array; readonly file: SafetensorsFile }> {
    const bytes = await this.store.get(name, MOST_BYTES);
    if (bytes) return { bytes, file: decodeSafetensors(bytes) };
    throw new JobError(`${OPERATOR}: the servers have lost ${name} of the job; delete the job, and begin again`);
  }
}

function mapOf(tensors: ModelFile["tensors"], names: ReadonlySet<string>): ReadonlyMap<string, Float32Array> {
  return new Map([...tensors].filter(([name]) => names.has(name)).map(([name, { data }]) => [name, data]));
}

import type { Backend, Tensor } from "webgpu-cnn";
import { gunzip } from "webgpu-cnn/io";
import { existing } from "../../../src/core/objects.js";

/** A model of test/keras/files: what Keras computes from it, and its files. */
export interface StoredModel {
  readonly name: string;
  readonly inputs: readonly (readonly number[])[];
  readonly outputs: readonly { readonly shape: readonly number[]; readonly data: readonly number[] }[];
  /** Of three steps of SGD. */
  readonly losses: readonly number[];
  /** By format, packed. */
  readonly files: Readonly<Record<string, string>>;
}

const modules = import.meta.glob<Omit<StoredModel, "name">>("../files/*.json", { eager: true, import: "default" });

export const STORED: readonly StoredModel[] = Object.entries(modules).map(([path, stored]) => ({
  ...stored,
  name: path.replace(/^.*\/|\.json$/g, ""),
}));

/** A model by its name. */
export function storedModel(name: string): StoredModel {
  return existing(STORED.find((stored) => stored.name === name));
}

/** The bytes of a file. */
export async function fileOf({ files }: StoredModel, format: string): Promise<Uint8Array> {
  const packed = Uint8Array.from(atob(existing(files[format])), (letter) => letter.charCodeAt(0));
  return new Uint8Array(await gunzip(packed));
}

export async function textOf(stored: StoredModel, format: string): Promise<string> {
  return new TextDecoder().decode(await fileOf(stored, format));
}

/** The same numbers as `ramp` in tools/keras/makeFiles.py. */
export function ramp(shape: readonly number[], seed: number): Float32Array {
  const size = shape.reduce((product, extent) => product * extent, 1);
  return Float32Array.from({ length: size }, (_, i) => ((i * 7919 + 104729 * seed) % 1009) / 1009 - 0.5);
}

/** The inputs of a stored model. */
export function inputsOf(backend: Backend, { inputs }: StoredModel): readonly Tensor[] {
  return inputs.map((shape, i) => backend.tensor(ramp(shape, i), shape));
}

/** The largest difference of two lists of numbers, over the largest number. */
export function relativeError(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  if (actual.length !== expected.length) return Number.POSITIVE_INFINITY;
  let [error, largest] = [0, 0];
  for (let i = 0; i < expected.length; i++) {
    // NaN must not pass.
    const difference = Math.abs(existing(actual[i]) - existing(expected[i]));
    error = difference <= error ? error : Number.isNaN(difference) ? Number.POSITIVE_INFINITY : difference;
    largest = Math.max(largest, Math.abs(existing(expected[i])));
  }
  return error / largest;
}

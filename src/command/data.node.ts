import { readFile } from "node:fs/promises";
import { FileFormatError, OptionError, show, WebGPUCNNError } from "../core/errors.js";
import { OptionReader } from "../core/options.js";
import type { HostArray } from "../io/arrays.js";
import { gunzip } from "../io/gunzip.js";
import { readIdx } from "../io/idx.js";
import { readNpy } from "../io/npy.js";
import { readNpz } from "../io/npz.js";
import type { LabelledImages } from "../nn/data/dataset.js";
import { filePath } from "./paths.node.js";

/** Where the examples of a job are. */
export interface DataSource {
  /** The job file or the command, for messages. */
  readonly operator: string;
  /** What the user calls a field: "data.images", or "--images". */
  readonly called: (field: "images" | "labels" | "first" | "shape") => string;
  /** The folder that paths begin at. */
  readonly folder: string;
  readonly images: string;
  readonly labels: string;
  /** How many of the examples, from the first on. All if undefined. */
  readonly first: number | undefined;
  /** The extents of one example. */
  readonly shape: readonly number[] | undefined;
}

/** Reads a part of a job file such as { "images": "a.idx3", "labels": "a.idx1" }. @throws OptionError */
export function readSource(part: {
  readonly operator: string;
  readonly folder: string;
  /** The name of the part: "data". */
  readonly argument: string;
  readonly given: unknown;
}): DataSource {
  const { operator, folder, argument, given } = part;
  const reader: OptionReader = new OptionReader(operator, given, ["images", "labels", "first", "shape"], argument);
  const path = (name: "images" | "labels") => {
    const value = reader.given(name);
    return typeof value === "string" && value !== ""
      ? value
      : reader.refuse(name, value, "the path of a file, from the job file on");
  };
  const shape = reader.given("shape");
  if (shape !== undefined && !isShape(shape)) {
    reader.refuse("shape", shape, "the extents of one example such as [28, 28, 1]");
  }
  return {
    ...{ operator, folder, called: (field) => `${argument}.${field}`, images: path("images"), labels: path("labels") },
    first: reader.given("first") === undefined ? undefined : reader.integer("first", 1),
    shape,
  };
}

/**
 * Reads the examples. Images without channels, [N, H, W], get one.
 *
 * @throws (rejects with) OptionError if a file is missing, or does not fit; FileFormatError if a file is damaged
 */
export async function readData(source: DataSource): Promise<LabelledImages> {
  const [images, labels] = await Promise.all([readArray(source, "images"), readArray(source, "labels")]);
  const [count = 0, ...own] = images.shape;
  const refuse = (field: "images" | "labels" | "first" | "shape", value: unknown, expected: string): never => {
    throw new OptionError(`${source.operator}: ${source.called(field)} is ${show(value)}, ${expected}`);
  };
  if (count === 0 || own.length === 0) {
    refuse("images", source.images, `which has the shape ${show(images.shape)}, expected examples [N, …]`);
  }
  const labelCount = labels.shape[0] ?? 0;
  const wanted = source.first ?? count;
  if (wanted > Math.min(count, labelCount) && source.first !== undefined) {
    refuse("first", wanted, `expected at most the ${Math.min(count, labelCount)} examples of the files`);
  }
  if (source.first === undefined && labelCount !== count) {
    refuse("labels", source.labels, `which has ${labelCount} labels, expected ${count} as there are images`);
  }
  const size = images.data.length / count;
  const shape = source.shape ?? (own.length === 2 ? [...own, 1] : own);
  if (shape.reduce((product, extent) => product * extent, 1) !== size) {
    refuse("shape", shape, `expected ${size} values for one example, which is ${show(own)} in the file`);
  }
  return {
    images: images.data.subarray(0, wanted * size),
    shape: [wanted, ...shape],
    labels: labels.data.subarray(0, (labels.data.length / labelCount) * wanted),
  };
}

/** Reads a file by what it begins with. */
async function readArray(source: DataSource, field: "images" | "labels"): Promise<HostArray> {
  const { operator, folder } = source;
  const text = source[field];
  const refuse = (problem: string): never => {
    throw new OptionError(`${operator}: ${source.called(field)} is ${show(text)}, ${problem}`);
  };
  const [, file = text, member] = /^(.*\.npz)#(.+)$/.exec(text) ?? [];
  const bytes = await readFile(await filePath(file, folder, refuse));
  let arrays: ReadonlyMap<string, HostArray>;
  try {
    arrays = await arraysIn(bytes, member);
  } catch (cause) {
    if (!(cause instanceof WebGPUCNNError)) throw cause;
    throw new FileFormatError(`${operator}: ${source.called(field)} is ${show(text)}: ${cause.message}`, { cause });
  }
  const [only, ...others] = arrays.values();
  if (only && others.length === 0) return only;
  const names = [...arrays.keys()];
  return refuse(`an archive of the arrays ${show(names)}, expected one of them: ${file}#${names[0] ?? "NAME"}`);
}

/** @param member the only array of an archive that is read */
async function arraysIn(bytes: Uint8Array, member: string | undefined): Promise<ReadonlyMap<string, HostArray>> {
  if (beginsWith(bytes, [0x1f, 0x8b])) return arraysIn(await gunzip(bytes), member);
  if (beginsWith(bytes, [0x50, 0x4b])) return readNpz(bytes, { names: member === undefined ? undefined : [member] });
  return new Map([["", beginsWith(bytes, [0x93, 0x4e]) ? readNpy(bytes) : readIdx(bytes)]]);
}

function beginsWith(bytes: Uint8Array, first: readonly number[]): boolean {
  return first.every((byte, i) => bytes[i] === byte);
}

function isShape(value: unknown): value is readonly number[] {
  return (
    Array.isArray(value) && value.length > 0 && value.every((extent) => Number.isSafeInteger(extent) && extent > 0)
  );
}

import { FileFormatError, OptionError, ShapeError, show } from "../../core/errors.js";
import { checkShape, elementsOf, type Shape } from "../../core/shape.js";

/** The content of a model's file, in the host's memory: what `saveCheckpoint` and `encodeSafetensors` take. */
export interface ModelFile {
  /** Weights by name, as float32 in row-major order. In a checkpoint, also the state of the optimizer. */
  readonly tensors: ReadonlyMap<string, { readonly shape: Shape; readonly data: Float32Array<ArrayBuffer> }>;
  /** Texts by name: the format, the architecture as JSON, the seed. In a checkpoint, also how far the training is. */
  readonly metadata: { readonly [name: string]: string };
}

/**
 * A tensor of a file, in the host's memory.
 *
 * @example
 * ```ts
 * const model = new Sequential([new Dense({ units: 1, useBias: false })]).build(backend, { inputShape: [2] });
 * const kernel: FileTensor = { shape: [2, 1], data: [3, 4] };
 * model.loadWeights({ tensors: { "dense.kernel": kernel } });
 * await model.predict(backend.tensor([[1, 10]])).read(); // [43]
 * ```
 */
export interface FileTensor {
  /** Its extents. */
  readonly shape: Shape;
  /** The values in row-major order. */
  readonly data: ArrayLike<number | bigint>;
}

/** The content of a model's file, as `loadCheckpoint` or `decodeSafetensors` gives it. */
export interface ModelFileData {
  /** Tensors by name: a Map or an object. */
  readonly tensors: ReadonlyMap<string, FileTensor> | { readonly [name: string]: FileTensor };
  /** Texts by name: a Map or an object. `loadModel` and `restore` need it, `loadWeights` does not. */
  readonly metadata?: ReadonlyMap<string, string> | { readonly [name: string]: string } | undefined;
}

/** The present version. */
export const FORMAT = "webgpu-cnn model 2";
/** That of versions 0.1 to 0.3, which know no architecture. */
export const OLD_FORMAT = "webgpu-cnn model 1";

/** In a checkpoint, the beginning of the names of the best epoch's weights. No weight's name has two dots in a row. */
export const BEST = "best..";
/** The same for the last epoch's weights, while the model has the best ones. */
export const LAST = "last..";
/** In a checkpoint, the name of the number of steps. */
export const STEP = "step";

/** A file that was checked, with maps. */
export interface ReadFile {
  readonly tensors: ReadonlyMap<string, FileTensor>;
  readonly metadata: ReadonlyMap<string, string>;
}

/** The names that layers had in the old format, and the present ones. */
const RENAMED = new Map([
  ["batch_norm", "batch_normalization"],
  ["conv_transpose2d", "conv2d_transpose"],
]);

/** @throws OptionError if it is not a file's content; ShapeError if a tensor has too few or too many values */
export function readFile(operator: string, file: unknown): ReadFile {
  if (typeof file !== "object" || file === null || !("tensors" in file)) {
    throw new OptionError(
      `${operator}: file is ${show(file)}, expected { tensors, metadata } as model.save(), loadCheckpoint or decodeSafetensors give`,
    );
  }
  const metadata = new Map<string, string>();
  const given = "metadata" in file ? entriesOf(operator, "metadata", file.metadata ?? {}) : [];
  for (const [name, value] of given) {
    if (typeof value !== "string") {
      throw new OptionError(`${operator}: metadata ${show(name)} is ${show(value)}, expected a text`);
    }
    metadata.set(name, value);
  }
  const isOld = metadata.get("format") === OLD_FORMAT;
  const tensors = new Map<string, FileTensor>();
  for (const [name, tensor] of entriesOf(operator, "tensors", file.tensors)) {
    tensors.set(isOld ? presentName(name) : name, checkTensor(operator, name, tensor));
  }
  return { tensors, metadata };
}

/** A value of the metadata as JSON. @throws FileFormatError if it is missing or not JSON */
export function jsonOf(operator: string, { metadata }: ReadFile, name: string): unknown {
  const text = metadata.get(name);
  if (text === undefined) throw new FileFormatError(`${operator}: the file has no metadata ${show(name)}`);
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new FileFormatError(`${operator}: the metadata ${show(name)} is not JSON (${String(error)})`);
  }
}

/** The name of the optimizer that a checkpoint was made with. Undefined if the file tells none. */
export function optimizerIn(metadata: ReadonlyMap<string, string>): string | undefined {
  const { name }: { readonly name?: unknown } = Object(parsed(metadata.get("optimizer") ?? "{}"));
  return typeof name === "string" && name !== "" ? name : undefined;
}

/** Text as JSON. Undefined if it is not JSON. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The values of a file's tensor as float32. @throws ShapeError if it does not have the shape */
export function valuesFor(operator: string, name: string, { shape, data }: FileTensor, expected: Shape): Float32Array {
  if (shape.join() !== expected.join()) {
    throw new ShapeError(
      `${operator}: ${name} is [${shape.join(", ")}] in the file, expected [${expected.join(", ")}]`,
    );
  }
  return Float32Array.from({ length: data.length }, (_, i) => Number(data[i]));
}

function presentName(name: string): string {
  return name
    .split(".")
    .map((part) => {
      const [, kind = part, number = ""] = /^(.*?)(_\d+)?$/.exec(part) ?? [];
      return `${RENAMED.get(kind) ?? kind}${number}`;
    })
    .join(".");
}

function checkTensor(operator: string, name: string, tensor: unknown): FileTensor {
  if (typeof tensor !== "object" || tensor === null || !("shape" in tensor) || !("data" in tensor)) {
    throw new OptionError(`${operator}: the tensor ${show(name)} is ${show(tensor)}, expected { shape, data }`);
  }
  const shape = checkShape(operator, `the shape of ${show(name)}`, tensor.shape);
  const { data } = tensor;
  if (!isNumbers(data)) {
    throw new OptionError(`${operator}: the data of ${show(name)} are ${show(data)}, expected an array of numbers`);
  }
  if (data.length !== elementsOf(shape)) {
    throw new ShapeError(
      `${operator}: ${show(name)} has ${data.length} values, expected ${elementsOf(shape)} for its shape [${shape.join(", ")}]`,
    );
  }
  return { shape, data };
}

function isNumbers(data: unknown): data is ArrayLike<number | bigint> {
  if (ArrayBuffer.isView(data)) return !(data instanceof DataView);
  return Array.isArray(data) && data.every((value) => typeof value === "number" || typeof value === "bigint");
}

function entriesOf(operator: string, argument: string, given: unknown): readonly (readonly [string, unknown])[] {
  if (given instanceof Map) return [...given];
  if (typeof given === "object" && given !== null && !Array.isArray(given)) return Object.entries(given);
  throw new OptionError(`${operator}: ${argument} is ${show(given)}, expected a Map or an object by name`);
}

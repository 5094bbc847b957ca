import { FileFormatError, OptionError, show } from "../../core/errors.js";
import { elementsOf, type Shape } from "../../core/shape.js";
import type { Place } from "../read/place.js";

/** How quantized values become numbers: value · scale + min. */
interface Quantization {
  readonly scale: number;
  readonly min: number;
}

/** How the values of a type lie in the bytes. */
type Reader = (view: DataView, at: number) => number;

const TYPES: ReadonlyMap<string, { readonly bytes: number; readonly read: Reader }> = new Map([
  ["float32", { bytes: 4, read: (view: DataView, at: number) => view.getFloat32(at, true) }],
  ["float16", { bytes: 2, read: (view: DataView, at: number) => halfToNumber(view.getUint16(at, true)) }],
  ["int32", { bytes: 4, read: (view: DataView, at: number) => view.getInt32(at, true) }],
  ["uint16", { bytes: 2, read: (view: DataView, at: number) => view.getUint16(at, true) }],
  ["uint8", { bytes: 1, read: (view: DataView, at: number) => view.getUint8(at) }],
  ["bool", { bytes: 1, read: (view: DataView, at: number) => view.getUint8(at) }],
]);

/** One weight of the manifest. */
export interface ManifestWeight {
  readonly name: string;
  readonly shape: Shape;
  /** Whether it belongs to the optimizer. */
  readonly isOfOptimizer: boolean;
  /** @throws FileFormatError */
  read(): Float32Array<ArrayBuffer>;
}

/** The shards as the caller gives them. */
export type Shards =
  | ArrayBuffer
  | Uint8Array
  | readonly (ArrayBuffer | Uint8Array)[]
  | Readonly<Record<string, ArrayBuffer | Uint8Array>>;

/**
 * The weights that a `weightsManifest` lists (tfjs-core's WeightsManifestConfig).
 *
 * @param bytesOf gives the bytes of a group
 * @throws FileFormatError if the manifest is malformed, or the bytes are too few or too many
 */
export function readManifest(
  manifest: Place,
  bytesOf: (paths: readonly string[], needed: number) => Uint8Array,
): readonly ManifestWeight[] {
  return manifest.list().flatMap((group) => {
    const entries = group.get("weights").list().map(readEntry);
    const paths = group.get("paths");
    const needed = entries.reduce((total, { bytes }) => total + bytes, 0);
    if (!Number.isSafeInteger(needed)) group.get("weights").refuse("weights of at most 2⁵³ bytes");
    const bytes = bytesOf(paths.isNothing ? [] : paths.list().map((path) => path.text()), needed);
    let at = 0;
    return entries.map((entry) => {
      const start = at;
      at += entry.bytes;
      const { name, shape, isOfOptimizer } = entry;
      return { name, shape, isOfOptimizer, read: () => entry.read(bytes.subarray(start, start + entry.bytes)) };
    });
  });
}

function readEntry(place: Place) {
  const { operator } = place;
  const name = place.get("name").text();
  const shape = place
    .get("shape")
    .list()
    .map((extent) => extent.integer(0));
  const dtype = place.get("dtype").text();
  const given = place.get("quantization");
  const stored = given.isNothing ? dtype : given.get("dtype").text();
  const type = TYPES.get(stored);
  if (!type || !TYPES.has(dtype)) {
    throw new OptionError(
      `${operator}: the weight ${show(name)} has the type ${show(type ? dtype : stored)}, expected ${[...TYPES.keys()].join(", ")}`,
    );
  }
  const group = place.get("group");
  const quantization = given.isNothing || stored === "float16" ? undefined : readQuantization(given);
  // Integers stay integers.
  const rounds = dtype !== "float32" && dtype !== "float16";
  return {
    ...{ name, shape },
    isOfOptimizer: group.value === "optimizer",
    bytes: elementsOf(shape) * type.bytes,
    read(bytes: Uint8Array): Float32Array<ArrayBuffer> {
      const values = new Float32Array(elementsOf(shape));
      const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
      for (let i = 0; i < values.length; i++) values[i] = type.read(view, i * type.bytes);
      if (!quantization) return values;
      const { scale, min } = quantization;
      return values.map((value) => (rounds ? Math.round(value * scale + min) : value * scale + min));
    },
  };
}

function readQuantization(place: Place): Quantization {
  return { scale: place.get("scale").number(), min: place.get("min").number() };
}

/** The number that 16 bits stand for (IEEE 754's binary16). */
export function halfToNumber(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 0x3ff;
  if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return exponent === 0 ? sign * fraction * 2 ** -24 : sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

/** Bytes of the shards, one group after the other. */
export function shards(operator: string, given: unknown): (paths: readonly string[], needed: number) => Uint8Array {
  const whole = bytesIn(given);
  if (whole) {
    let at = 0;
    return (_, needed) => {
      const bytes = whole.subarray(at, at + needed);
      at += needed;
      if (bytes.length === needed) return bytes;
      throw new FileFormatError(
        `${operator}: weights has ${whole.length} bytes, expected at least ${at} for the manifest`,
      );
    };
  }
  if (Array.isArray(given)) {
    const parts = given.map((part: unknown) => bytesIn(part) ?? refuseShards(operator, part));
    return shards(operator, joined(parts));
  }
  if (typeof given !== "object" || given === null) return refuseShards(operator, given);
  const files =
    given instanceof Map ? new Map<unknown, unknown>(given) : new Map<unknown, unknown>(Object.entries(given));
  return (paths, needed) => {
    const parts = paths.map((path) => {
      const part = files.get(path) ?? files.get(path.replace(/^.*\//, ""));
      if (part === undefined) {
        throw new OptionError(
          `${operator}: weights has no ${show(path)}, which the manifest names; it has ${show([...files.keys()])}`,
        );
      }
      return bytesIn(part) ?? refuseShards(operator, part);
    });
    const bytes = joined(parts);
    if (bytes.length === needed) return bytes;
    throw new FileFormatError(`${operator}: ${show(paths)} have ${bytes.length} bytes, the manifest says ${needed}`);
  };
}

function refuseShards(operator: string, given: unknown): never {
  throw new OptionError(
    `${operator}: weights is ${show(given)}, expected an ArrayBuffer or Uint8Array with all shards joined, or an object from path to bytes`,
  );
}

function bytesIn(value: unknown): Uint8Array | undefined {
  if (value instanceof Uint8Array) return value;
  return value instanceof ArrayBuffer ? new Uint8Array(value) : undefined;
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const [first, ...others] = parts;
  if (first && others.length === 0) return first;
  const bytes = new Uint8Array(parts.reduce((total, part) => total + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

import { halfToNumber } from "../tfjs/manifest.js";
import type { Hdf5Bytes } from "./bytes.js";

/** The type of the elements of a dataset or attribute. */
export type Datatype =
  | {
      readonly form: "number";
      readonly bytes: number;
      readonly name: string;
      readonly read: (view: DataView, at: number) => number;
    }
  /** Text of a fixed number of bytes. */
  | { readonly form: "text"; readonly bytes: number }
  /** Text in the file's global heap. */
  | { readonly form: "anyText"; readonly bytes: number };

/** The classes of types in the format. */
const CLASS = { integer: 0, float: 1, text: 3, enumeration: 8, variable: 9 } as const;

/** @param at where the description of the type begins (HDF5 file format, IV.A.2.d) */
export function readDatatype(file: Hdf5Bytes, at: number, depth = 0): Datatype {
  const kind = file.uint8(at) & 15;
  const bits = file.uint8(at + 1);
  const bytes = file.uint32(at + 4);
  if (kind === CLASS.text) return { form: "text", bytes };
  if (kind === CLASS.variable) {
    if ((bits & 15) !== 1) file.unknown("lists of variable length");
    return { form: "anyText", bytes };
  }
  // Booleans are an enumeration of integers.
  if (kind === CLASS.enumeration && depth === 0) return readDatatype(file, at + 8, 1);
  const littleEndian = (bits & 1) === 0;
  if (kind === CLASS.integer) return integer(file, bytes, littleEndian, (bits & 8) !== 0);
  if (kind === CLASS.float) return float(file, bytes, littleEndian, file.uint8(at + 13));
  return file.unknown(`a type of class ${kind}`);
}

function integer(file: Hdf5Bytes, bytes: number, little: boolean, signed: boolean): Datatype {
  const name = `${signed ? "int" : "uint"}${8 * bytes}`;
  const readers: Readonly<Record<string, (view: DataView, at: number) => number>> = {
    int8: (view, at) => view.getInt8(at),
    uint8: (view, at) => view.getUint8(at),
    int16: (view, at) => view.getInt16(at, little),
    uint16: (view, at) => view.getUint16(at, little),
    int32: (view, at) => view.getInt32(at, little),
    uint32: (view, at) => view.getUint32(at, little),
    int64: (view, at) => Number(view.getBigInt64(at, little)),
    uint64: (view, at) => Number(view.getBigUint64(at, little)),
  };
  const read = Object.hasOwn(readers, name) ? readers[name] : undefined;
  return read ? { form: "number", bytes, name, read } : file.unknown(`integers of ${bytes} bytes`);
}

function float(file: Hdf5Bytes, bytes: number, little: boolean, exponentBits: number): Datatype {
  const layout = `${bytes} ${exponentBits}`;
  if (layout === "8 11")
    return { form: "number", bytes, name: "float64", read: (view, at) => view.getFloat64(at, little) };
  if (layout === "4 8")
    return { form: "number", bytes, name: "float32", read: (view, at) => view.getFloat32(at, little) };
  if (layout === "2 5") {
    return { form: "number", bytes, name: "float16", read: (view, at) => halfToNumber(view.getUint16(at, little)) };
  }
  return file.unknown(`floating-point numbers of ${bytes} bytes with an exponent of ${exponentBits} bits`);
}

/** The extents of a dataset or attribute (IV.A.2.b). */
export function readDataspace(file: Hdf5Bytes, at: number): readonly number[] {
  const [version, rank] = [file.uint8(at), file.uint8(at + 1)];
  if (version !== 1 && version !== 2) file.unknown(`extents of version ${version}`);
  if (rank > 32) file.refuse(`the object at byte ${at} has ${rank} axes`);
  const first = at + (version === 1 ? 8 : 4);
  return Array.from({ length: rank }, (_, i) => file.uint64(first + 8 * i));
}

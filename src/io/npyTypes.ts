import { ELEMENT_TYPE_NAMES, type ElementTypeName, HOST_IS_LITTLE_ENDIAN } from "./arrays.js";

/** NumPy's type codes, as `numpy.save` writes them. bfloat16 has no code. */
export const NPY_CODES: Readonly<Record<ElementTypeName, string | undefined>> = {
  bool: "b1",
  int8: "i1",
  uint8: "u1",
  int16: "i2",
  uint16: "u2",
  int32: "i4",
  uint32: "u4",
  int64: "i8",
  uint64: "u8",
  float16: "f2",
  bfloat16: undefined,
  float32: "f4",
  float64: "f8",
};

/** The other codes of `numpy.dtype`. A byte order may precede every code. C's long has 8 bytes, as on Linux. */
const OTHER_CODES: Readonly<Record<string, ElementTypeName>> = {
  "?": "bool",
  b: "int8",
  B: "uint8",
  h: "int16",
  H: "uint16",
  i: "int32",
  I: "uint32",
  l: "int64",
  L: "uint64",
  q: "int64",
  Q: "uint64",
  p: "int64",
  P: "uint64",
  n: "int64",
  N: "uint64",
  e: "float16",
  f: "float32",
  d: "float64",
};

/** The names of `numpy.dtype` that differ from `ElementTypeName`. No byte order may precede a name. */
const NAMES: Readonly<Record<string, ElementTypeName>> = {
  bool_: "bool",
  byte: "int8",
  ubyte: "uint8",
  short: "int16",
  ushort: "uint16",
  intc: "int32",
  uintc: "uint32",
  int: "int64",
  int_: "int64",
  uint: "uint64",
  long: "int64",
  ulong: "uint64",
  longlong: "int64",
  ulonglong: "uint64",
  intp: "int64",
  uintp: "uint64",
  half: "float16",
  single: "float32",
  float: "float64",
  double: "float64",
};

/** The type that the `descr` of a header names. */
export interface NpyType {
  readonly name: ElementTypeName;
  readonly littleEndian: boolean;
}

/**
 * The type that `numpy.dtype(text)` makes, if it is a plain number: a code or a name (NumPy 2 on 64-bit Linux). Without
 * `<` and `>` the byte order is the host's, as it is for NumPy.
 *
 * @returns undefined for every other type
 */
export function npyTypeOf(text: string): NpyType | undefined {
  const [, order = "", code = ""] = /^([<>=|]?)(.*)$/s.exec(text) ?? [];
  const littleEndian = order === "<" || (order !== ">" && HOST_IS_LITTLE_ENDIAN);
  const name = CODES.get(code) ?? (order === "" ? ALL_NAMES.get(code) : undefined);
  return name && { name, littleEndian };
}

const CODES: ReadonlyMap<string, ElementTypeName> = new Map([...written(), ...Object.entries(OTHER_CODES)]);
const ALL_NAMES: ReadonlyMap<string, ElementTypeName> = new Map([
  ...[...written()].map(([, name]) => [name, name] as const),
  ...Object.entries(NAMES),
]);

function* written(): Generator<[code: string, name: ElementTypeName]> {
  for (const name of ELEMENT_TYPE_NAMES) {
    const code = NPY_CODES[name];
    if (code !== undefined) yield [code, name];
  }
}

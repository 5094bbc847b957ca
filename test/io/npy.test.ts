import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { FileFormatError, OptionError, ShapeError } from "webgpu-cnn";
import { type HostArray, readNpy, writeNpy } from "webgpu-cnn/io";
import { expectError, thrownBy, wrong } from "../support/refusals.js";

/** A file by the format's text. */
function fileOf(header: string, data: readonly number[] | Uint8Array = [], version = 1): Uint8Array {
  const text = new TextEncoder().encode(`${header}\n`);
  const { length } = text;
  const lengthBytes = version === 1 ? [length % 256, length >> 8] : [length % 256, length >> 8, 0, 0];
  const start = Uint8Array.of(0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, version, 0, ...lengthBytes);
  const file = new Uint8Array(start.length + length + data.length);
  file.set(start);
  file.set(text, start.length);
  file.set(data, start.length + length);
  return file;
}

const headerOf = (descr: string, shape: string, fortran = "False") =>
  `{'descr': ${descr}, 'fortran_order': ${fortran}, 'shape': ${shape}, }`;

const known = "known are b1, i1, u1, i2, u2, i4, u4, i8, u8, f2, f4, f8";

describe("readNpy", () => {
  test.each<readonly [descr: string, bytes: readonly number[], data: HostArray["data"]]>([
    ["|b1", [0, 1], Uint8Array.of(0, 1)],
    ["|i1", [1, 255], Int8Array.of(1, -1)],
    ["|u1", [1, 255], Uint8Array.of(1, 255)],
    ["<i2", [2, 1, 0xfe, 0xff], Int16Array.of(258, -2)],
    [">i2", [1, 2, 0xff, 0xfe], Int16Array.of(258, -2)],
    [">u2", [1, 2, 0xff, 0xfe], Uint16Array.of(258, 65534)],
    ["<i4", [4, 3, 2, 1], Int32Array.of(0x01020304)],
    [">u4", [0xff, 0, 0, 1], Uint32Array.of(0xff000001)],
    ["<i8", [0xfe, 255, 255, 255, 255, 255, 255, 255], BigInt64Array.of(-2n)],
    [">u8", [0, 0, 0, 1, 0, 0, 0, 2], BigUint64Array.of(2n ** 32n + 2n)],
    ["<f2", [0, 0x3c, 0, 0xc0], Float32Array.of(1, -2)],
    [">f2", [0x3c, 0, 0xc0, 0], Float32Array.of(1, -2)],
    ["<f4", [0, 0, 0x80, 0x3f], Float32Array.of(1)],
    [">f4", [0xc0, 0x20, 0, 0], Float32Array.of(-2.5)],
    [">f8", [0x3f, 0xf0, 0, 0, 0, 0, 0, 0], Float64Array.of(1)],
  ])("reads %s", (descr, bytes, data) => {
    expect(readNpy(fileOf(headerOf(`'${descr}'`, `(${data.length},)`), bytes))).toEqual({ shape: [data.length], data });
  });

  // Every code and name of a plain number in numpy.dtype (NumPy 2.4.6, 64-bit Linux), with its canonical code.
  test.each<readonly [code: string, alike: readonly string[], names: readonly string[]]>([
    ["b1", ["?"], ["bool", "bool_"]],
    ["i1", ["b"], ["int8", "byte"]],
    ["u1", ["B"], ["uint8", "ubyte"]],
    ["i2", ["h"], ["int16", "short"]],
    ["u2", ["H"], ["uint16", "ushort"]],
    ["i4", ["i"], ["int32", "intc"]],
    ["u4", ["I"], ["uint32", "uintc"]],
    ["i8", ["l", "q", "p", "n"], ["int64", "int", "int_", "long", "longlong", "intp"]],
    ["u8", ["L", "Q", "P", "N"], ["uint64", "uint", "ulong", "ulonglong", "uintp"]],
    ["f2", ["e"], ["float16", "half"]],
    ["f4", ["f"], ["float32", "single"]],
    ["f8", ["d"], ["float64", "float", "double"]],
  ])("reads every numpy.dtype name of %s", (code, alike, names) => {
    const bytes = [0, 1, 2, 3, 4, 5, 6, 7];
    const size = Number(code.slice(1));
    const read = (descr: string) =>
      readNpy(fileOf(headerOf(descr, `(${8 / size},)`), code === "b1" ? [0, 1, 0, 1, 0, 1, 0, 1] : bytes)).data;
    for (const order of ["", "<", "=", "|"]) {
      for (const one of [code, ...alike]) expect(read(`'${order}${one}'`), order + one).toEqual(read(`'<${code}'`));
    }
    for (const one of alike) expect(read(`'>${one}'`)).toEqual(read(`'>${code}'`));
    for (const name of names) {
      expect(read(`u'${name}'`), name).toEqual(read(`'<${code}'`));
      expect(() => read(`'<${name}'`)).toThrow(FileFormatError);
    }
  });

  test.each([
    "",
    "f16",
    "g",
    "longdouble",
    "F4",
    " f4",
    "f4 ",
    "<<f4",
    "4f4",
    "f4,f4",
    "!f4",
    "c8",
    "M8[s]",
    "S3",
    "toString",
  ])("refuses the type '%s'", (descr) => {
    const error = thrownBy(() => readNpy(fileOf(headerOf(`'${descr}'`, "()"), [0, 0, 0, 0])));
    expectError(error, FileFormatError, `readNpy: the elements are of type '${descr}'; ${known}`);
  });

  test("needs time in proportion to the file, also in Fortran order", () => {
    const shape = `(200000,${"1,".repeat(4000)})`;
    const start = performance.now();
    const { data } = readNpy(fileOf(headerOf("'|u1'", shape, "True"), new Uint8Array(200_000).fill(7)));
    // Milliseconds. A walk over all axes at each element takes many seconds.
    expect(performance.now() - start).toBeLessThan(2000);
    expect(data.length).toBe(200_000);
    expect(data.every((value) => value === 7)).toBe(true);
    const longer = fileOf(headerOf("'|u1'", `(${"1,".repeat(40_000)})`, "True"), [7], 2);
    expectError(
      thrownBy(() => readNpy(longer)),
      FileFormatError,
      /^readNpy: the header would have \d+ bytes, NumPy reads 10000 at most$/,
    );
  });

  test("gives an array or a FileFormatError if any byte of a file is changed", () => {
    const whole = writeNpy({ shape: [2, 1], data: Float32Array.of(1, 2) });
    for (let position = 0; position < whole.length; position++) {
      for (const byte of [0, 0x20, 0x28, 0x39, 0xff, (whole[position] ?? 0) ^ 1]) {
        const damaged = whole.slice();
        damaged[position] = byte;
        const error = thrownBy(() => readNpy(damaged));
        if (error !== undefined) expect(error).toBeInstanceOf(FileFormatError);
      }
    }
  });

  test.each([1, 2, 3])("reads version %i at any address into new memory", (version) => {
    const file = fileOf(headerOf("'|u1'", "(2, 3)"), [1, 2, 3, 4, 5, 6], version);
    const shifted = new Uint8Array(file.length + 1).subarray(1);
    shifted.set(file);
    const read = readNpy(shifted);
    shifted.fill(0);
    expect(read).toEqual({ shape: [2, 3], data: Uint8Array.of(1, 2, 3, 4, 5, 6) });
  });

  test("reads the headers of other writers: other quotes and orders, no last comma, Python 2's long integers", () => {
    const data = Uint8Array.of(5, 6);
    for (const header of [
      `{"shape":(1L, 2L),"descr":"|u1","fortran_order":False}`,
      "{'fortran_order' : False , 'shape': ( 1 ,2 ) ,'descr': '|u1'}      ",
    ]) {
      expect(readNpy(fileOf(header, [...data]))).toEqual({ shape: [1, 2], data });
    }
    expect(readNpy(fileOf(headerOf("'|u1'", "()"), [9]))).toEqual({ shape: [], data: Uint8Array.of(9) });
    expect(readNpy(fileOf(headerOf("'<f4'", "(0, 3)")))).toEqual({ shape: [0, 3], data: new Float32Array(0) });
  });

  test("converts Fortran's order to row-major order for every shape", () => {
    const shape = fc.array(fc.integer({ min: 0, max: 4 }), { maxLength: 4 });
    fc.assert(
      fc.property(shape, (extents) => {
        const size = extents.reduce((product, extent) => product * extent, 1);
        const rowMajor = Int16Array.from({ length: size }, (_, i) => 1000 - i);
        // The place of an element if the first index counts fastest.
        const columnMajor = new Int16Array(size);
        for (let i = 0; i < size; i++) {
          let [rest, place] = [i, 0];
          for (const [axis, extent] of [...extents.entries()].reverse()) {
            const stride = extents.slice(0, axis).reduce((product, before) => product * before, 1);
            place += (rest % extent) * stride;
            rest = Math.floor(rest / extent);
          }
          columnMajor[place] = rowMajor[i] ?? 0;
        }
        const tuple = `(${extents.map((extent) => `${extent},`).join(" ")})`;
        const bytes = [...columnMajor].flatMap((value) => [value & 0xff, (value >> 8) & 0xff]);
        expect(readNpy(fileOf(headerOf("'<i2'", tuple, "True"), bytes))).toEqual({ shape: extents, data: rowMajor });
      }),
    );
  });

  test.each<readonly [message: string, file: Uint8Array]>([
    ['the file begins with "", expected "\x93NUMPY"', new Uint8Array(0)],
    ['the file begins with "GIF89a", expected "\x93NUMPY"', new TextEncoder().encode("GIF89a…")],
    [
      'the file begins with "PK\\u0003\\u0004ab", expected "\x93NUMPY"; it is a zip archive, such as .npz: readNpz reads it',
      new TextEncoder().encode("PK\x03\x04abc"),
    ],
    ["the file is of version 4, known are 1, 2 and 3", fileOf(headerOf("'<f4'", "()"), [0, 0, 0, 0], 4)],
    ['the header is "[]", expected a Python dictionary', fileOf("[]")],
    [
      `the header has a mistake at "'shape' 3" (it is "{'descr': '<f4', 'shape' 3}")`,
      fileOf("{'descr': '<f4', 'shape' 3}"),
    ],
    [
      `the header has no fortran_order (it is "{'descr': '<f4', 'shape': ()}")`,
      fileOf("{'descr': '<f4', 'shape': ()}"),
    ],
    [`the elements are of type '<c8'; ${known}`, fileOf(headerOf("'<c8'", "()"))],
    [`the elements are of type '|O'; ${known}`, fileOf(headerOf("'|O'", "()"))],
    [
      `the elements are of type [('a', '<f4'), ('b', '<i4')]; ${known}`,
      fileOf(headerOf("[('a', '<f4'), ('b', '<i4')]", "()")),
    ],
    ["fortran_order is '1', expected True or False", fileOf(headerOf("'<f4'", "()", "'1'"))],
    ["the shape is (-3,), expected a tuple of integers ≥ 0", fileOf(headerOf("'<f4'", "(-3,)"))],
    ["the shape is (3), expected a tuple of integers ≥ 0", fileOf(headerOf("'<f4'", "(3)"))],
    ["the shape is (3 4), expected a tuple of integers ≥ 0", fileOf(headerOf("'<f4'", "(3 4)"))],
    [
      `the file goes on after its end: it has 68 bytes, expected 67 for ${headerOf("'|u1'", "()")}`,
      fileOf(headerOf("'|u1'", "()"), [1, 2]),
    ],
  ])("refuses: %s", (message, file) => {
    expectError(
      thrownBy(() => readNpy(file)),
      FileFormatError,
      `readNpy: ${message}`,
    );
  });

  test("refuses a file that is cut off at any byte", () => {
    const whole = writeNpy({ shape: [2], data: Float32Array.of(1, 2) });
    for (let length = 0; length < whole.length; length++) {
      const pattern = length < 6 ? /^readNpy: the file begins with/ : /^readNpy: the file is cut off: it has \d+ bytes/;
      expectError(
        thrownBy(() => readNpy(whole.subarray(0, length))),
        FileFormatError,
        pattern,
      );
    }
  });
});

describe("writeNpy", () => {
  test("writes the bytes of numpy.save", () => {
    const header = `${headerOf("'<f4'", "(1, 2)").padEnd(117)}\n`;
    expect(writeNpy({ shape: [1, 2], data: Float32Array.of(1, -2) })).toEqual(
      Uint8Array.of(
        ...[0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0, 118, 0],
        ...new TextEncoder().encode(header),
        ...[0, 0, 0x80, 0x3f, 0, 0, 0, 0xc0],
      ),
    );
  });

  test.each<HostArray["data"]>([
    Int8Array.of(-1, 2),
    Uint8Array.of(1, 255),
    Int16Array.of(-2, 258),
    Uint16Array.of(1, 65535),
    Int32Array.of(-2, 2 ** 30),
    Uint32Array.of(1, 2 ** 31),
    BigInt64Array.of(-2n, 2n ** 62n),
    BigUint64Array.of(1n, 2n ** 63n),
    Float32Array.of(Number.NaN, -0),
    Float64Array.of(Math.PI, Number.NEGATIVE_INFINITY),
  ])("is read back, %o", (data) => {
    for (const shape of [[2], [2, 1], [1, 1, 2]]) {
      const bytes = writeNpy({ shape, data });
      expect((bytes.length - data.byteLength) % 64).toBe(0);
      expect(readNpy(bytes)).toEqual({ shape, data });
    }
    expect(readNpy(writeNpy({ shape: [], data: data.subarray(1) }))).toEqual({ shape: [], data: data.slice(1) });
    expect(readNpy(writeNpy({ shape: [0], data: data.subarray(2) }))).toEqual({ shape: [0], data: data.slice(2) });
  });

  test("refuses a value that is not an array, or data of another size than the shape", () => {
    expectError(
      thrownBy(() => writeNpy(wrong([1, 2]))),
      OptionError,
      "writeNpy: array.data must be a typed array such as Float32Array, got undefined",
    );
    expectError(
      thrownBy(() => writeNpy({ shape: [3], data: Float32Array.of(1, 2) })),
      ShapeError,
      "writeNpy: array.data has 2 elements, expected 3 for shape [3]",
    );
  });
});

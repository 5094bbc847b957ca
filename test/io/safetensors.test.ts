import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { FileFormatError, OptionError, ShapeError } from "webgpu-cnn";
import { decodeSafetensors, encodeSafetensors, type HostArray } from "webgpu-cnn/io";
import { expectError, thrownBy, wrong } from "../support/refusals.js";
import { safetensorsFile as fileOf } from "../support/safetensorsFile.js";
import { sampled } from "../support/sampling.js";

const encoder = new TextEncoder();

const tensor = (dtype: string, shape: readonly number[], begin: number, end: number) =>
  JSON.stringify({ dtype, shape, data_offsets: [begin, end] });

describe("encodeSafetensors", () => {
  test("writes the bytes of the format's text", () => {
    const bytes = encodeSafetensors({
      tensors: { w: { shape: [2], data: Float32Array.of(1, -2) } },
      metadata: { step: "7" },
    });
    const header = '{"__metadata__":{"step":"7"},"w":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}';
    const padded = header.padEnd(88, " ");
    expect(header.length).toBe(82);
    expect(bytes).toEqual(
      Uint8Array.of(88, 0, 0, 0, 0, 0, 0, 0, ...encoder.encode(padded), 0, 0, 0x80, 0x3f, 0, 0, 0, 0xc0),
    );
  });

  test("aligns every tensor to its elements and keeps the order of equal sizes", () => {
    const bytes = encodeSafetensors({
      tensors: new Map<string, HostArray>([
        ["bytes", { shape: [3], data: new Uint8Array(3) }],
        ["2", { shape: [], data: Float32Array.of(2) }],
        ["wide", { shape: [1], data: new Float64Array(1) }],
        ["1", { shape: [], data: Float32Array.of(1) }],
      ]),
    });
    expect([...decodeSafetensors(bytes).tensors.keys()]).toEqual(["wide", "2", "1", "bytes"]);
    expect((bytes[0] ?? 0) % 8).toBe(0);
  });

  test("writes no tensors, empty tensors, and names that objects already have", () => {
    expect(decodeSafetensors(encodeSafetensors({ tensors: {} }))).toEqual({ tensors: new Map(), metadata: {} });
    const entries = new Map([
      ["__proto__", { shape: [0, 3], data: new Float32Array(0) }],
      ['a "quoted" \\ {name}:', { shape: [], data: Float32Array.of(3) }],
      ["重み", { shape: [1, 0], data: new Float32Array(0) }],
      ["", { shape: [1], data: Float32Array.of(4) }],
    ]);
    const { tensors, metadata } = decodeSafetensors(
      encodeSafetensors({ tensors: entries, metadata: Object.fromEntries([["__proto__", "{"]]) }),
    );
    for (const [name, entry] of entries) expect(tensors.get(name)).toEqual({ dtype: "F32", ...entry });
    expect(tensors.size).toBe(entries.size);
    expect(Object.entries(metadata)).toEqual([["__proto__", "{"]]);
  });

  test.each<readonly [message: string, error: typeof OptionError, call: () => unknown]>([
    [
      "encodeSafetensors: no tensor can be named __metadata__; the format needs it",
      OptionError,
      () => encodeSafetensors({ tensors: { __metadata__: { shape: [1], data: new Float32Array(1) } } }),
    ],
    [
      'encodeSafetensors: tensors "w".data must be a typed array such as Float32Array, got [1, 2]',
      OptionError,
      () => encodeSafetensors({ tensors: { w: wrong({ shape: [2], data: [1, 2] }) } }),
    ],
    [
      'encodeSafetensors: tensors "w".data must be a typed array such as Float32Array, got undefined',
      OptionError,
      () => encodeSafetensors({ tensors: { w: wrong(null) } }),
    ],
    [
      'encodeSafetensors: tensors "w".shape must be an array of integers ≥ 0, got [1.5]',
      ShapeError,
      () => encodeSafetensors({ tensors: { w: { shape: [1.5], data: new Float32Array(1) } } }),
    ],
    [
      'encodeSafetensors: tensors "w".data has 3 elements, expected 4 for shape [2, 2]',
      ShapeError,
      () => encodeSafetensors({ tensors: { w: { shape: [2, 2], data: new Float32Array(3) } } }),
    ],
    [
      'encodeSafetensors: metadata "step" is 7, expected a string; JSON.stringify it',
      OptionError,
      () => encodeSafetensors({ tensors: {}, metadata: { step: wrong(7) } }),
    ],
    [
      'encodeSafetensors: the name "a\\ud800" has half a surrogate pair, which is no character; use text.toWellFormed()',
      OptionError,
      () => encodeSafetensors({ tensors: { "a\ud800": { shape: [1], data: new Float32Array(1) } } }),
    ],
    [
      'encodeSafetensors: the metadata\'s name "\\udc00" has half a surrogate pair, which is no character; use text.toWellFormed()',
      OptionError,
      () => encodeSafetensors({ tensors: {}, metadata: { "\udc00": "" } }),
    ],
    [
      'encodeSafetensors: metadata "k" "\\udc00\\ud800" has half a surrogate pair, which is no character; use text.toWellFormed()',
      OptionError,
      () => encodeSafetensors({ tensors: {}, metadata: { k: "\udc00\ud800" } }),
    ],
    [
      "encodeSafetensors: tensors must be a Map or an object by name, got undefined",
      OptionError,
      () => encodeSafetensors({ tensors: wrong(undefined) }),
    ],
  ])("%s", (message, error, call) => {
    expectError(thrownBy(call), error, message);
  });
});

describe("decodeSafetensors", () => {
  /** Each dtype with bytes written by hand. Reader and writer cannot share a mistake. */
  test.each<readonly [dtype: string, bytes: readonly number[], data: HostArray["data"]]>([
    ["BOOL", [0, 1], Uint8Array.of(0, 1)],
    ["I8", [0xff, 2], Int8Array.of(-1, 2)],
    ["U8", [0xff, 2], Uint8Array.of(255, 2)],
    ["I16", [0xfe, 0xff, 2, 1], Int16Array.of(-2, 258)],
    ["U16", [0xfe, 0xff, 2, 1], Uint16Array.of(65534, 258)],
    ["I32", [0xfe, 0xff, 0xff, 0xff, 4, 3, 2, 1], Int32Array.of(-2, 0x01020304)],
    ["U32", [0xfe, 0xff, 0xff, 0xff, 4, 3, 2, 1], Uint32Array.of(0xfffffffe, 0x01020304)],
    ["I64", [0xfe, 255, 255, 255, 255, 255, 255, 255, 1, 0, 0, 0, 1, 0, 0, 0], BigInt64Array.of(-2n, 2n ** 32n + 1n)],
    [
      "U64",
      [0xfe, 255, 255, 255, 255, 255, 255, 255, 1, 0, 0, 0, 1, 0, 0, 0],
      BigUint64Array.of(2n ** 64n - 2n, 2n ** 32n + 1n),
    ],
    // One, minus two, the largest, the smallest, the smallest normal, −0, −∞.
    [
      "F16",
      [0, 0x3c, 0, 0xc0, 0xff, 0x7b, 1, 0, 0, 4, 0, 0x80, 0, 0xfc],
      Float32Array.of(1, -2, 65504, 2 ** -24, 2 ** -14, -0, Number.NEGATIVE_INFINITY),
    ],
    ["F16", [0xff, 3, 1, 0x7e], Float32Array.of(1023 * 2 ** -24, Number.NaN)],
    [
      "BF16",
      [0x80, 0x3f, 0x49, 0xc0, 0x80, 0x7f, 0, 0x80, 0xc0, 0x7f, 1, 0],
      Float32Array.of(1, -3.140625, Number.POSITIVE_INFINITY, -0, Number.NaN, 2 ** -133),
    ],
    ["F32", [0, 0, 0x80, 0x3f, 0, 0, 0x20, 0xc0], Float32Array.of(1, -2.5)],
    ["F64", [0, 0, 0, 0, 0, 0, 0xf0, 0x3f, 0, 0, 0, 0, 0, 0, 4, 0xc0], Float64Array.of(1, -2.5)],
  ])("reads %s", (dtype, bytes, data) => {
    const file = fileOf(`{"t":${tensor(dtype, [data.length], 0, bytes.length)}}`, bytes);
    expect(decodeSafetensors(file).tensors).toEqual(new Map([["t", { dtype, shape: [data.length], data }]]));
  });

  test("reads a file of the reference implementation (safetensors 0.8.0 for Python)", () => {
    const file = atob(
      "yAAAAAAAAAB7Il9fbWV0YWRhdGFfXyI6eyJtIjoiaGVsbG8ifSwieCI6eyJkdHlwZSI6IkYzMiIsInNoYXBlIjpbMl0sImRhdGFfb2Zmc2V0cyI6WzAsOF19LCJmMTYi" +
        "OnsiZHR5cGUiOiJGMTYiLCJzaGFwZSI6WzFdLCJkYXRhX29mZnNldHMiOls4LDEwXX0sImsiOnsiZHR5cGUiOiJCT09MIiwic2hhcGUiOlszXSwiZGF0YV9vZmZzZXRz" +
        "IjpbMTAsMTNdfX0gICAgIAAAwD8AAADAZi4BAAE=",
    );
    expect(decodeSafetensors(Uint8Array.from(file, (character) => character.charCodeAt(0)))).toEqual({
      tensors: new Map([
        ["x", { dtype: "F32", shape: [2], data: Float32Array.of(1.5, -2) }],
        ["f16", { dtype: "F16", shape: [1], data: Float32Array.of(0x666 * 2 ** -14) }],
        ["k", { dtype: "BOOL", shape: [3], data: Uint8Array.of(1, 0, 1) }],
      ]),
      metadata: { m: "hello" },
    });
  });

  test("reads tensors in any order of their names and bytes at any address", () => {
    const file = fileOf(
      `{"b":${tensor("F32", [1], 4, 8)},"a":${tensor("F32", [1], 0, 4)}} `,
      [0, 0, 0x80, 0x3f, 0, 0, 0, 0x40],
    );
    const shifted = new Uint8Array(file.length + 3).subarray(3);
    shifted.set(file);
    const { tensors } = decodeSafetensors(shifted);
    expect([...tensors]).toEqual([
      ["a", { dtype: "F32", shape: [1], data: Float32Array.of(1) }],
      ["b", { dtype: "F32", shape: [1], data: Float32Array.of(2) }],
    ]);
    // The tensors have their own memory. The file's memory may be reused.
    shifted.fill(0);
    expect(tensors.get("b")?.data[0]).toBe(2);
  });

  const F32 = tensor("F32", [1], 0, 4);
  test.each<readonly [message: string, file: Uint8Array]>([
    ["the file has 7 bytes, a safetensors file has 8 for its header's length alone", new Uint8Array(7)],
    [
      "the header would have 8675467939688574835 bytes, at most 100000000 are allowed; is it a safetensors file?",
      encoder.encode("some text of no meaning"),
    ],
    [
      "the header would have 100000001 bytes, at most 100000000 are allowed; is it a safetensors file?",
      Uint8Array.of(0x01, 0xe1, 0xf5, 0x05, 0, 0, 0, 0),
    ],
    ["the file is cut off: it has 10 bytes, its header alone ends at byte 72", fileOf("{".padEnd(64)).subarray(0, 10)],
    ["the header is not UTF-8 text; is it a safetensors file?", fileOf(Uint8Array.of(0x7b, 0xff, 0x7d))],
    ['the header begins with "", expected "{"', fileOf("")],
    ['the header begins with " ", expected "{"', fileOf(" {}")],
    ['the header begins with "\ufeff", expected "{"', fileOf("\ufeff{}")],
    ['the header begins with "[", expected "{"', fileOf("[]")],
    ['the header has the name "a" twice', fileOf(`{"a":${F32},"a":${F32}}`, [0, 0, 0, 0])],
    ['the header has the name "a" twice', fileOf(`{"a":${F32},"\\u0061":${F32}}`, [0, 0, 0, 0])],
    [
      'the header has the name "dtype" twice',
      fileOf('{"a":{"dtype":"F32","dtype":"I32","shape":[],"data_offsets":[0,4]}}'),
    ],
    ['the header has the name "k" twice', fileOf('{"__metadata__":{"k":"{","k":"}"}}')],
    ['tensor "a" is 3, expected { dtype, shape, data_offsets }', fileOf('{"a":3}')],
    ['tensor "a" is [], expected { dtype, shape, data_offsets }', fileOf('{"a":[]}')],
    [
      'tensor "a" has the dtype "F8_E4M3"; known are BOOL, I8, U8, I16, U16, I32, U32, I64, U64, F16, BF16, F32, F64',
      fileOf(`{"a":${tensor("F8_E4M3", [1], 0, 1)}}`, [0]),
    ],
    ['tensor "a" has the shape [-1], expected an array of integers ≥ 0', fileOf(`{"a":${tensor("F32", [-1], 0, 4)}}`)],
    [
      'tensor "a" has the shape undefined, expected an array of integers ≥ 0',
      fileOf('{"a":{"dtype":"F32","data_offsets":[0,4]}}'),
    ],
    [
      'tensor "a" has the data_offsets [0], expected [begin, end] in bytes',
      fileOf('{"a":{"dtype":"F32","shape":[1],"data_offsets":[0]}}'),
    ],
    [
      'tensor "a" has the data_offsets [0, 4.5], expected [begin, end] in bytes',
      fileOf(`{"a":${tensor("F32", [1], 0, 4.5)}}`),
    ],
    ['tensor "a" begins at 4, after its end at 0', fileOf(`{"a":${tensor("F32", [1], 4, 0)}}`)],
    [
      'tensor "a" has 4 bytes, expected 8 for F32 of shape [2]',
      fileOf(`{"a":${tensor("F32", [2], 0, 4)}}`, [0, 0, 0, 0]),
    ],
    [
      'tensor "a" begins at 4 and leaves a hole after the header, which ends at 0',
      fileOf(`{"a":${tensor("F32", [1], 4, 8)}}`, [0, 0, 0, 0, 0, 0, 0, 0]),
    ],
    [
      'tensor "b" begins at 2 and overlaps with tensor "a", which ends at 4',
      fileOf(`{"a":${F32},"b":${tensor("F32", [1], 2, 6)}}`, [0, 0, 0, 0, 0, 0]),
    ],
    [
      'tensor "b" begins at 5 and leaves a hole after tensor "a", which ends at 4',
      fileOf(`{"a":${F32},"b":${tensor("I8", [1], 5, 6)}}`, [0, 0, 0, 0, 0, 0]),
    ],
    [
      "the file is cut off: it has 65 bytes, its header describes 66",
      fileOf(`{"a":${F32}}`, [0, 0, 0, 0]).subarray(0, -1),
    ],
    [
      "the file has 67 bytes, its last tensor ends at byte 66: the bytes after it belong to no tensor",
      fileOf(`{"a":${F32}}`, [0, 0, 0, 0, 0]),
    ],
    [
      'tensor "a" has the shape [1.0], expected an array of integers ≥ 0',
      fileOf('{"a":{"dtype":"F32","shape":[1.0],"data_offsets":[0,4]}}'),
    ],
    [
      'tensor "a" has the shape [-0, 1e0], expected an array of integers ≥ 0',
      fileOf('{"a":{"dtype":"F32","shape":[-0,1e0],"data_offsets":[0,0]}}'),
    ],
    [
      'the header has half a surrogate pair in "a\\ud800", which is no character',
      fileOf(`{"a\\ud800":${F32}}`, [0, 0, 0, 0]),
    ],
    ["the header is nested deeper than 127 levels", fileOf(`{"a":${"[".repeat(1000)}`)],
    ['the header is no JSON: character 6 is "}", expected a value', fileOf('{"a": }')],
    ["the header is no JSON: character 1 is its end, expected a name in quotes", fileOf("{")],
    ['the header is no JSON: character 4 is "3", expected ":"', fileOf('{"a"3}')],
    ['the header is no JSON: character 6 is "x", expected "," or "}"', fileOf('{"a":1x}')],
    ['the header is no JSON: character 7 is ":", expected "," or "]"', fileOf('{"a":[1:]}')],
    ['the header is no JSON: character 2 is "{", expected its end', fileOf("{}{}")],
    ["__metadata__ is [], expected an object of strings", fileOf('{"__metadata__":[]}')],
    ['__metadata__ has 3 for "a", expected a string', fileOf('{"__metadata__":{"a":3}}')],
  ])("refuses: %s", (message, file) => {
    expectError(
      thrownBy(() => decodeSafetensors(file)),
      FileFormatError,
      `decodeSafetensors: ${message}`,
    );
  });

  test("refuses a header that is not JSON, in the engine's words", () => {
    expectError(
      thrownBy(() => decodeSafetensors(fileOf('{"a":'))),
      FileFormatError,
      /^decodeSafetensors: the header is no JSON: ./,
    );
  });

  test("tells that a zip archive is no safetensors file, and how PyTorch writes one", () => {
    const bytes = Uint8Array.from("PK\u0003\u0004\0\0\b\bnet/data.pkl", (letter) => letter.charCodeAt(0));
    expect(() => decodeSafetensors(bytes)).toThrow("the file is a zip archive, as PyTorch writes it");
    expect(() => decodeSafetensors(bytes)).toThrow("safetensors.torch.save_file");
  });

  test("refuses a value that is not bytes", () => {
    expectError(
      thrownBy(() => decodeSafetensors(wrong(new ArrayBuffer(8)))),
      OptionError,
      "decodeSafetensors: bytes must be a Uint8Array, got an ArrayBuffer; wrap it: new Uint8Array(buffer)",
    );
  });

  test("refuses a file that is cut off at any byte or too long", () => {
    const whole = encodeSafetensors({
      tensors: { w: { shape: [2, 1], data: Float32Array.of(1, 2) }, n: { shape: [], data: Int32Array.of(3) } },
    });
    expect(decodeSafetensors(whole).tensors.size).toBe(2);
    for (let length = 0; length < whole.length; length++) {
      expectError(
        thrownBy(() => decodeSafetensors(whole.subarray(0, length))),
        FileFormatError,
        /^decodeSafetensors: the /,
      );
    }
    expectError(
      thrownBy(() => decodeSafetensors(Uint8Array.of(...whole, 0))),
      FileFormatError,
      /the bytes after it belong to no tensor$/,
    );
  });

  test("throws only a FileFormatError if any bytes of a file are changed", () => {
    const whole = encodeSafetensors({
      tensors: { w: { shape: [2, 1], data: Float32Array.of(1, 2) } },
      metadata: { step: "1" },
    });
    const change = fc.tuple(fc.nat({ max: whole.length - 1 }), fc.nat({ max: 255 }));
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 4 }), (changes) => {
        const damaged = whole.slice();
        for (const [position, byte] of changes) damaged[position] = byte;
        const error = thrownBy(() => decodeSafetensors(damaged));
        if (error !== undefined) expect(error).toBeInstanceOf(FileFormatError);
      }),
      { numRuns: sampled(2000) },
    );
  });

  test("gives back the written tensors of any kind", () => {
    const shape = fc.array(fc.nat({ max: 3 }), { maxLength: 3 });
    const size = (extents: readonly number[]) => extents.reduce((product, extent) => product * extent, 1);
    const array = shape.chain((extents) => {
      const length = { minLength: size(extents), maxLength: size(extents) };
      return fc
        .oneof(
          fc.float32Array(length),
          fc.float64Array(length),
          fc.int8Array(length),
          fc.uint8Array(length),
          fc.int16Array(length),
          fc.uint16Array(length),
          fc.int32Array(length),
          fc.uint32Array(length),
          fc.bigInt64Array(length),
          fc.bigUint64Array(length),
        )
        .map((data): HostArray => ({ shape: extents, data }));
    });
    const name = fc.string({ unit: "grapheme" }).filter((text) => text !== "__metadata__");
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.tuple(name, array), { selector: ([key]) => key, maxLength: 6 }),
        fc.uniqueArray(fc.tuple(name, fc.string()), { selector: ([key]) => key, maxLength: 3 }),
        (tensors, metadata) => {
          const read = decodeSafetensors(
            encodeSafetensors({ tensors: new Map(tensors), metadata: Object.fromEntries(metadata) }),
          );
          expect(Object.entries(read.metadata).sort()).toEqual([...metadata].sort());
          expect(encodeSafetensors(read)).toEqual(
            encodeSafetensors({ tensors: new Map(tensors), metadata: new Map(Object.entries(read.metadata)) }),
          );
          expect(read.tensors.size).toBe(tensors.length);
          for (const [key, written] of tensors) expect(read.tensors.get(key)).toMatchObject(written);
        },
      ),
      { numRuns: sampled(200) },
    );
  });
});

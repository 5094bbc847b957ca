import { describe, expect, test } from "vitest";
import { FileFormatError, OptionError } from "webgpu-cnn";
import { gunzip, type HostArray, readIdx } from "webgpu-cnn/io";
import { expectError, rejectionOf, thrownBy, wrong } from "../support/refusals.js";

/** Three items of two bytes each. */
const BYTES = Uint8Array.of(0, 0, 8, 2, 0, 0, 0, 3, 0, 0, 0, 2, 10, 20, 30, 40, 50, 255);

async function gzip(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array> {
  const packed = new Blob([bytes]).stream().pipeThrough(new CompressionStream("gzip"));
  return new Uint8Array(await new Response(packed).arrayBuffer());
}

describe("readIdx", () => {
  test.each<readonly [type: string, typeByte: number, bytes: readonly number[], data: HostArray["data"]]>([
    ["unsigned bytes", 0x08, [1, 255], Uint8Array.of(1, 255)],
    ["signed bytes", 0x09, [1, 255], Int8Array.of(1, -1)],
    ["16-bit integers", 0x0b, [1, 2, 0xff, 0xfe], Int16Array.of(258, -2)],
    ["32-bit integers", 0x0c, [1, 2, 3, 4, 0xff, 0xff, 0xff, 0xfe], Int32Array.of(0x01020304, -2)],
    ["floats", 0x0d, [0x3f, 0x80, 0, 0, 0xc0, 0x20, 0, 0], Float32Array.of(1, -2.5)],
    ["doubles", 0x0e, [0x3f, 0xf0, 0, 0, 0, 0, 0, 0, 0xc0, 4, 0, 0, 0, 0, 0, 0], Float64Array.of(1, -2.5)],
  ])("reads %s", (_, typeByte, bytes, data) => {
    expect(readIdx(Uint8Array.of(0, 0, typeByte, 1, 0, 0, 0, 2, ...bytes))).toEqual({ shape: [2], data });
  });

  test("reads several axes at any address into new memory", () => {
    const shifted = new Uint8Array(BYTES.length + 1).subarray(1);
    shifted.set(BYTES);
    const read = readIdx(shifted);
    shifted.fill(0);
    expect(read).toEqual({ shape: [3, 2], data: Uint8Array.of(10, 20, 30, 40, 50, 255) });
  });

  test("reads a scalar and an axis of extent 0", () => {
    expect(readIdx(Uint8Array.of(0, 0, 8, 0, 7))).toEqual({ shape: [], data: Uint8Array.of(7) });
    expect(readIdx(Uint8Array.of(0, 0, 8, 1, 0, 0, 0, 0))).toEqual({ shape: [0], data: new Uint8Array(0) });
  });

  test.each<readonly [message: string, bytes: Uint8Array]>([
    ["the file is empty: it is not an IDX file", new Uint8Array(0)],
    ["the file begins with 00 00 08: it is not an IDX file", Uint8Array.of(0, 0, 8)],
    ["the file begins with 89 50 4e 47: it is not an IDX file", Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d)],
    ["the file begins with 00 00 0a 01: 0x0a is not an element type", Uint8Array.of(0, 0, 10, 1, 0, 0, 0, 0)],
    ["the file is packed by gzip; unpack it: readIdx(await gunzip(bytes))", Uint8Array.of(0x1f, 0x8b, 8)],
    ["the file is cut off: it has 10 bytes, the extents of its 2 axes end at byte 12", BYTES.subarray(0, 10)],
    [
      "the file goes on after its end: it has 19 bytes, expected 18 for uint8 of shape [3, 2]",
      Uint8Array.of(...BYTES, 0),
    ],
  ])("refuses: %s", (message, bytes) => {
    expectError(
      thrownBy(() => readIdx(bytes)),
      FileFormatError,
      `readIdx: ${message}`,
    );
  });

  test("refuses a file that is cut off at any byte", () => {
    for (let length = 0; length < BYTES.length; length++) {
      expectError(
        thrownBy(() => readIdx(BYTES.subarray(0, length))),
        FileFormatError,
        /^readIdx: the file (is empty|begins with|is cut off)/,
      );
    }
  });

  test("refuses a value that is not bytes", () => {
    expectError(
      thrownBy(() => readIdx(wrong("train-images"))),
      OptionError,
      'readIdx: bytes must be a Uint8Array, got "train-images"; such as readFile or fetch give',
    );
  });
});

describe("gunzip", () => {
  test("unpacks the files of gzip", async () => {
    const long = Uint8Array.from({ length: 50_000 }, (_, i) => (i * i) >> 5);
    expect(await gunzip(await gzip(long))).toEqual(long);
    expect(readIdx(await gunzip(await gzip(BYTES)))).toEqual(readIdx(BYTES));
  });

  test("refuses a file that is cut off or not of gzip", async () => {
    const packed = await gzip(BYTES);
    for (const bytes of [packed.subarray(0, -1), packed.subarray(0, 12), BYTES, new Uint8Array(0)]) {
      const pattern = new RegExp(`^gunzip: the ${bytes.length} bytes are not a complete gzip file: .`);
      expectError(await rejectionOf(() => gunzip(bytes)), FileFormatError, pattern);
    }
    const damaged = packed.slice();
    damaged[packed.length - 6] = 255 - (damaged[packed.length - 6] ?? 0);
    expectError(await rejectionOf(() => gunzip(damaged)), FileFormatError, /^gunzip: /);
  });

  test("accepts shared memory", async () => {
    const packed = await gzip(BYTES);
    const shared = new Uint8Array(new SharedArrayBuffer(packed.length));
    shared.set(packed);
    expect(await gunzip(shared)).toEqual(BYTES);
  });

  test("stops at maxBytes for a file of any unpacked size", async () => {
    const packed = await gzip(new Uint8Array(2 ** 22));
    expect((await gunzip(packed, { maxBytes: 2 ** 22 })).length).toBe(2 ** 22);
    for (const maxBytes of [2 ** 22 - 1, 1, 0]) {
      expectError(
        await rejectionOf(() => gunzip(packed, { maxBytes })),
        FileFormatError,
        `gunzip: the ${packed.length} bytes unpack to more than maxBytes = ${maxBytes} bytes; if you trust the file, give a larger maxBytes`,
      );
    }
    expect(await gunzip(await gzip(new Uint8Array(0)), { maxBytes: 0 })).toEqual(new Uint8Array(0));
  });

  test("refuses wrong options", async () => {
    const packed = await gzip(BYTES);
    for (const [options, message] of [
      [{ maxBytes: 1.5 }, "maxBytes is 1.5, expected an integer ≥ 0"],
      [{ maxBytes: Number.POSITIVE_INFINITY }, "maxBytes is Infinity, expected an integer ≥ 0"],
      [{ limit: 3 }, "unknown option limit; known are maxBytes"],
      [7, "options must be an object such as { maxBytes: … }, got 7"],
    ] as const) {
      expectError(await rejectionOf(() => gunzip(packed, wrong(options))), OptionError, `gunzip: ${message}`);
    }
  });
});

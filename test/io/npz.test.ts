import { describe, expect, test } from "vitest";
import { FileFormatError, OptionError } from "webgpu-cnn";
import { type HostArray, readNpz, writeNpy } from "webgpu-cnn/io";
import { expectError, rejectionOf, wrong } from "../support/refusals.js";
import { crc32, zipOf } from "../support/zip.js";

const bytesOf = (base64: string) => Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));

/** An archive of NumPy 2.4.6: numpy.savez_compressed with five arrays, the last name not in ASCII. */
const DEFLATED = bytesOf(
  "UEsDBC0AAAAIAAAAIQDL+Xf7//////////8FABQAdy5ucHkBABAAmAAAAAAAAABYAAAAAAAAAJvsF+obEMnIUMZQrZ6SWpxcpG6loG6TZqKuo6Cell9UUpSYF59flJIKEndL" +
    "zClOBYoXZyQWpAL5GkY6CsaaOgq1CmQDLgaGA/YMQIIBDBwcGBg6gLihHgBQSwMELQAAAAgAAAAhABaTjLv//////////woAFABsYWJlbHMubnB5AQAQAIMAAAAAAAAARwAA" +
    "AAAAAACb7BfqGxDJyFDGUK2eklqcXKRupaBek2SorqOgnpZfVFKUmBefX5SSChJ3S8wpTgWKF2ckFqQC+RrGOpo6CrUKFAAuRgZGAFBLAwQtAAAACAAAACEAyLg85P//////" +
    "////BQAUAG4ubnB5AQAQAIgAAAAAAAAARgAAAAAAAACb7BfqGxDJyFDGUK2eklqcXKRupaBuk2mhrqOgnpZfVFKUmBefX5SSChJ3S8wpTgWKF2ckFqQC+RqaOgq1ChQBrp//" +
    "IQAAUEsDBC0AAAAIAAAAIQDhHvqo//////////8FABQAZi5ucHkBABAAjAAAAAAAAABRAAAAAAAAAJvsF+obEMnIUMZQrZ6SWpxcpG6loG6XaaSuo6Cell9UUpSYF59flJIK" +
    "Eg8pKk0FChdnJBakArkaRjoKxpo6CrUK5AMuBgYGZgZGBhYGJgZWAFBLAwQtAAAICAAAACEA649GUv//////////CwAUAGdyw7bDn2UubnB5AQAQAIAAAAAAAAAARgAAAAAA" +
    "AACb7BfqGxDJyFDGUK2eklqcXKRupaBuk2akrqOgnpZfVFKUmBefX5SSChJ3S8wpTgWKF2ckFqQC+RoGOgpGmjoKtQpkAy4AUEsBAi0DLQAAAAgAAAAhAMv5d/tYAAAAmAAA" +
    "AAUAAAAAAAAAAAAAAIABAAAAAHcubnB5UEsBAi0DLQAAAAgAAAAhABaTjLtHAAAAgwAAAAoAAAAAAAAAAAAAAIABjwAAAGxhYmVscy5ucHlQSwECLQMtAAAACAAAACEAyLg8" +
    "5EYAAACIAAAABQAAAAAAAAAAAAAAgAESAQAAbi5ucHlQSwECLQMtAAAACAAAACEA4R76qFEAAACMAAAABQAAAAAAAAAAAAAAgAGPAQAAZi5ucHlQSwECLQMtAAAICAAAACEA" +
    "649GUkYAAACAAAAACwAAAAAAAAAAAAAAgAEXAgAAZ3LDtsOfZS5ucHlQSwUGAAAAAAUABQAKAQAAmgIAAAAA",
);
/** numpy.savez(a=numpy.arange(3, dtype=numpy.uint8)): stored, the sizes in the local zip64 field. */
const STORED = bytesOf(
  "UEsDBC0AAAAAAAAAIQBI6mbs//////////8FABQAYS5ucHkBABAAgwAAAAAAAACDAAAAAAAAAJNOVU1QWQEAdgB7J2Rlc2NyJzogJ3x1MScsICdmb3J0cmFuX29yZGVyJzog" +
    "RmFsc2UsICdzaGFwZSc6ICgzLCksIH0gICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAKAAECUEsBAi0DLQAAAAAA" +
    "AAAhAEjqZuyDAAAAgwAAAAUAAAAAAAAAAAAAAIABAAAAAGEubnB5UEsFBgAAAAABAAEAMwAAALoAAAAAAA==",
);
/** Python's zipfile, into a pipe: a data descriptor holds the sizes and the checksum of w.npy. */
const PIPED = bytesOf(
  "UEsDBBQACAAIAJsCfl0AAAAAAAAAAAAAAAAFAAAAdy5ucHmb7BfqGxDJyFDGUK2eklqcXKRupaBuk2airqOgnpZfVFKUmBefX5SSChJ3S8wpTgWKF2ckFqQC+RpGOgrGmjoK" +
    "tQpkAy4GhgP2DECCAQwcHBgYOoC4oR4AUEsHCMv5d/tYAAAAmAAAAFBLAQIUAxQACAAIAJsCfl3L+Xf7WAAAAJgAAAAFAAAAAAAAAAAAAACAAQAAAAB3Lm5weVBLBQYAAAAA" +
    "AQABADMAAACLAAAAAAA=",
);

const W: HostArray = { shape: [2, 3], data: Float32Array.of(1.5, -2, 0, 3, 4.25, Number.POSITIVE_INFINITY) };
const A: HostArray = { shape: [3], data: Uint8Array.of(0, 1, 2) };

const refusal = async (bytes: Uint8Array, pattern: RegExp | string) =>
  expectError(await rejectionOf(() => readNpz(bytes)), FileFormatError, pattern);

describe("readNpz", () => {
  test("reads an archive of numpy.savez_compressed", async () => {
    const read = await readNpz(DEFLATED);
    expect([...read]).toEqual([
      ["w", W],
      ["labels", { shape: [3], data: Uint8Array.of(1, 0, 1) }],
      ["n", { shape: [], data: BigInt64Array.of(-7n) }],
      ["f", { shape: [2, 3], data: Int16Array.of(0, 1, 2, 3, 4, 5) }],
      ["größe", { shape: [0, 2], data: new Float32Array(0) }],
    ]);
  });

  test("reads stored members and members with a data descriptor at any address", async () => {
    for (const [file, name, array] of [
      [STORED, "a", A],
      [PIPED, "w", W],
    ] as const) {
      const shifted = new Uint8Array(file.length + 3).subarray(3);
      shifted.set(file);
      const read = await readNpz(shifted);
      shifted.fill(0);
      expect([...read]).toEqual([[name, array]]);
    }
  });

  test.each([false, true])("reads an archive with a comment and a folder, zip64: %s", async (zip64) => {
    const file = zipOf(
      [{ name: "folder/" }, { name: "folder/a.npy", bytes: writeNpy(A) }, { name: "b", bytes: writeNpy(W) }],
      {
        comment: "PK\x05\x06 is no end",
        zip64,
      },
    );
    expect([...(await readNpz(file))]).toEqual([
      ["folder/a", A],
      ["b", W],
    ]);
  });

  test("reads an archive without members", async () => {
    expect(await readNpz(zipOf([]))).toEqual(new Map());
  });

  test("reads only the named arrays, and the other members may be anything", async () => {
    const note = { name: "note.txt", bytes: new TextEncoder().encode("hello"), method: 12 };
    const file = zipOf([note, { name: "a.npy", bytes: writeNpy(A) }]);
    expect([...(await readNpz(file, { names: ["a"] }))]).toEqual([["a", A]]);
    expect([...(await readNpz(file, { names: [] }))]).toEqual([]);
    for (const [names, message] of [
      [["b"], 'names has "b", the archive has ["note.txt", "a"]'],
      ["a", 'names is "a", expected an array of strings'],
      [[3], "names is [3], expected an array of strings"],
    ] as const) {
      const error = await rejectionOf(() => readNpz(file, { names: wrong(names) }));
      expectError(error, OptionError, `readNpz: ${message}`);
    }
  });

  test("refuses more than maxBytes before it unpacks anything", async () => {
    const size = writeNpy(A).length;
    const file = zipOf([
      { name: "a.npy", bytes: writeNpy(A) },
      { name: "b.npy", bytes: writeNpy(A) },
    ]);
    expect((await readNpz(file, { maxBytes: 2 * size })).size).toBe(2);
    expect((await readNpz(file, { maxBytes: size, names: ["b"] })).size).toBe(1);
    expectError(
      await rejectionOf(() => readNpz(file, { maxBytes: 2 * size - 1 })),
      FileFormatError,
      `readNpz: the arrays unpack to ${2 * size} bytes, more than maxBytes = ${2 * size - 1}; if you trust the file, give a larger maxBytes`,
    );
    // By default the limit is 1 GiB.
    const huge = zipOf([{ name: "a.npy", bytes: writeNpy(A), claimedBytes: 2 ** 30 + 1 }]);
    await refusal(huge, /^readNpz: the arrays unpack to 1073741825 bytes, more than maxBytes = 1073741824; /);
    expectError(
      await rejectionOf(() => readNpz(file, { maxBytes: -1 })),
      OptionError,
      "readNpz: maxBytes is -1, expected an integer ≥ 0",
    );
  });

  const a = { name: "a.npy", bytes: writeNpy(A) };
  const checksum = crc32(a.bytes).toString(16).padStart(8, "0");
  test.each<readonly [message: string, file: Uint8Array]>([
    ["the file has no zip directory at its end; is it a whole zip archive?", new Uint8Array(100)],
    ["the file has no zip directory at its end; is it a whole zip archive?", Uint8Array.of(...zipOf([a]), 0)],
    ['the archive has the member "a.npy" twice', zipOf([a, a])],
    ["the archive has two members of one name, one with and one without .npy", zipOf([a, { ...a, name: "a" }])],
    ['member "a.npy": it is encrypted; save the archive without a password', zipOf([{ ...a, flags: 1 }])],
    [
      'member "a.npy": it is packed by the zip method 93, known are 0 (stored) and 8 (deflated)',
      zipOf([{ ...a, method: 93 }]),
    ],
    [
      `member "a.npy": it is damaged: its CRC-32 is 0x${checksum}, the zip directory says 0x00000001`,
      zipOf([{ ...a, claimedCrc: 1 }]),
    ],
    [`member "a.npy": it has ${a.bytes.length} bytes, the zip directory says 5`, zipOf([{ ...a, claimedBytes: 5 }])],
    [
      'member "a.txt": the file begins with "hello!", expected "\x93NUMPY"',
      zipOf([{ name: "a.txt", bytes: new TextEncoder().encode("hello!") }]),
    ],
  ])("refuses: %s", async (message, file) => {
    await refusal(file, `readNpz: ${message}`);
  });

  test("refuses a member that unpacks to another size than in the directory", async () => {
    // The size of w.npy, in the entry of the directory.
    const sizeAt = PIPED.length - 22 - 51 + 24;
    for (const [size, pattern] of [
      [151, /^readNpz: member "w.npy": it unpacks to more than the 151 bytes that the zip directory says$/],
      [153, /^readNpz: member "w.npy": it has 152 bytes, the zip directory says 153$/],
    ] as const) {
      const file = PIPED.slice();
      expect(file[sizeAt]).toBe(152);
      file[sizeAt] = size;
      await refusal(file, pattern);
    }
  });

  test("refuses a file that is cut off at any byte", async () => {
    for (const file of [STORED, PIPED]) {
      for (let length = 0; length < file.length; length++)
        await refusal(file.subarray(0, length), /^readNpz: the file /);
    }
  });

  test("gives the written values or a FileFormatError if any bit of a file is changed", async () => {
    const files = [STORED, PIPED, zipOf([{ name: "a.npy", bytes: writeNpy(A) }], { zip64: true })];
    for (const file of files) {
      const [written] = [...(await readNpz(file)).values()];
      for (let position = 0; position < file.length; position++) {
        const damaged = file.slice();
        damaged[position] = (damaged[position] ?? 0) ^ (1 << (position % 8));
        try {
          const read = await readNpz(damaged);
          // An entry may be missing only if the directory does not list it.
          if (read.size > 0) expect([...read.values()]).toEqual([written]);
        } catch (error) {
          expect(error).toBeInstanceOf(FileFormatError);
        }
      }
    }
  });

  test("refuses a value that is not bytes and an unknown option", async () => {
    expectError(
      await rejectionOf(() => readNpz(wrong("a.npz"))),
      OptionError,
      'readNpz: bytes must be a Uint8Array, got "a.npz"; such as readFile or fetch give',
    );
    expectError(
      await rejectionOf(() => readNpz(STORED, wrong({ maxByte: 3 }))),
      OptionError,
      "readNpz: unknown option maxByte; did you mean maxBytes?",
    );
  });
});

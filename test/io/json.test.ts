import { describe, expect, test } from "vitest";
import { FileFormatError } from "webgpu-cnn";
import { decodeSafetensors, encodeSafetensors } from "webgpu-cnn/io";
import { expectError, thrownBy } from "../support/refusals.js";
import { safetensorsFile as fileOf } from "../support/safetensorsFile.js";

describe("the header of a safetensors file", () => {
  test("may have null metadata, spaces and unknown fields, as in the reference implementation", () => {
    const data = [0, 0, 0x80, 0x3f];
    const a = { dtype: "F32", shape: [1], data: Float32Array.of(1) };
    const info =
      '{ "dtype" : "F32", "shape": [ 1 ],\n\t"data_offsets":[0,4], "extra": {"n": [1.5, -1e3, true, false, null, "\\ud83d\\ude00"]}}';
    for (const header of [`{"__metadata__":null,"a":${info}}`, `{"a":${info} , "__metadata__" : {} }\r\n`]) {
      expect(decodeSafetensors(fileOf(header, data))).toEqual({ tensors: new Map([["a", a]]), metadata: {} });
    }
  });

  // The results of safetensors 0.8.0 for Python, which uses the Rust implementation.
  test.each<readonly [refused: boolean, field: string]>([
    [false, '"shape":[1],"data_offsets":[0,4]'],
    [true, '"shape":[1.0],"data_offsets":[0,4]'],
    [true, '"shape":[1e0],"data_offsets":[0,4]'],
    [true, '"shape":[1E0],"data_offsets":[0,4]'],
    [true, '"shape":[1,1e0],"data_offsets":[0,4]'],
    [true, '"shape":[01],"data_offsets":[0,4]'],
    [true, '"shape":["1"],"data_offsets":[0,4]'],
    [true, '"shape":[1],"data_offsets":[-0,4]'],
    [true, '"shape":[1],"data_offsets":[0.0,4]'],
    [true, '"shape":[1],"data_offsets":[0,4.0]'],
    [true, '"shape":[1],"data_offsets":[0,4e0]'],
    [true, '"shape":[1],"data_offsets":[0,4],"dtype":"F32"'],
    [false, '"shape":[1],"data_offsets":[0,4],"extra":1.5'],
    [true, '"shape":[1],"data_offsets":[0,4],"extra":1e999'],
    [true, '"shape":[1],"data_offsets":[0,4],"extra":"\\ud800"'],
    [false, `"shape":[1],"data_offsets":[0,4],"extra":${"[".repeat(125)}${"]".repeat(125)}`],
    [true, `"shape":[1],"data_offsets":[0,4],"extra":${"[".repeat(126)}${"]".repeat(126)}`],
  ])("is refused if the reference implementation refuses it (%s): %s", (refused, fields) => {
    const error = thrownBy(() => decodeSafetensors(fileOf(`{"a":{"dtype":"F32",${fields}}}`, [0, 0, 0, 0])));
    if (refused) expectError(error, FileFormatError, /^decodeSafetensors: /);
    else expect(error).toBeUndefined();
  });

  test("may have metadata with millions of escapes", () => {
    const text = '"\\\n'.repeat(1e6);
    const metadata = decodeSafetensors(encodeSafetensors({ tensors: {}, metadata: { text } })).metadata;
    expect(metadata["text"] === text).toBe(true);
    // Many levels and a long number work too.
    for (const header of [
      `{"a":${"[".repeat(3e5)}`,
      `{"a":${"1".repeat(3e5)}}`,
      `{"a":[${"0,".repeat(3e5)}0]}`,
      `{${'"":{'.repeat(3e5)}`,
    ]) {
      expectError(
        thrownBy(() => decodeSafetensors(fileOf(header))),
        FileFormatError,
        /^decodeSafetensors: .{1,300}$/,
      );
    }
  });
});

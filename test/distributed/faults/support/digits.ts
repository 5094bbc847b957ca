import { readIdx } from "webgpu-cnn/io";
import { firstOf, type MnistPart } from "../../../../tools/mnistFiles.js";

/** The beginning of MNIST as bytes: images [N, 28, 28, 1] and class numbers. */
export interface Digits {
  readonly images: Uint8Array;
  readonly shape: readonly [number, 28, 28, 1];
  readonly labels: Uint8Array;
}

export async function firstDigits(count: number): Promise<Digits> {
  const [images, labels] = await Promise.all([bytes("train-images-idx3-ubyte"), bytes("train-labels-idx1-ubyte")]);
  return { images, shape: [count, 28, 28, 1], labels };

  async function bytes(part: MnistPart): Promise<Uint8Array> {
    const { data } = readIdx(await firstOf(part, count));
    if (!(data instanceof Uint8Array)) throw new Error(`${part} holds no bytes`);
    return data;
  }
}

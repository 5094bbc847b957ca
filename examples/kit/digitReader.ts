import { Conv2D, Dense, Dropout, Flatten, MaxPooling2D, Sequential } from "webgpu-cnn/nn";
import { classify } from "../../demo/train/confusion.js";
import { testClassifier } from "./classifier.js";
import type { ExampleData } from "./data.js";
import { type Example, percent } from "./example.js";
import { learn } from "./learn.js";

/** Pictures [N, 28, 28, 1]. Bytes are scaled. */
interface Digits {
  readonly shape: readonly number[];
  readonly images: Float32Array | Uint8Array;
}

/** The probability from which the reader counts as sure. */
const SURE = 0.9;

export interface DigitReader {
  /**
   * Reads pictures, and prints for how many of them some digit has a probability above 90 %, and which digits these are.
   *
   * @param name what the pictures are called, such as "made digits"
   * @returns the share of pictures
   */
  read(name: string, pictures: Digits): Promise<number>;
}

/** Trains a small classifier on all digits, once. It judges pictures of digits that a network made. */
export async function trainDigitReader(example: Example, { train, test, classes }: ExampleData): Promise<DigitReader> {
  const model = new Sequential([
    new Conv2D({ filters: 8, kernelSize: 5, padding: "same", activation: "relu" }),
    new MaxPooling2D(),
    new Conv2D({ filters: 16, kernelSize: 5, activation: "relu" }),
    new MaxPooling2D(),
    new Flatten(),
    new Dropout({ rate: 0.3 }),
    new Dense({ units: 64, activation: "relu" }),
    new Dense({ units: classes.length }),
  ]).build(example.backend, { inputShape: [28, 28, 1], seed: example.seed });
  model.compile({ optimizer: "adam", loss: "softmaxCrossEntropy", metrics: ["accuracy"] });
  await learn(example, model, train, { batchSize: 32 });
  await testClassifier(example, model, test, classes, "reader's accuracy");
  return {
    async read(name, pictures) {
      const { data } = await model.predictAll(pictures);
      const { predicted, confidence } = classify(data, classes.length);
      const sure = predicted.filter((_, n) => (confidence[n] ?? 0) > SURE);
      const counts = classes.map((digit, label) => `${sure.filter((each) => each === label).length}× ${digit}`);
      const share = sure.length / predicted.length;
      example.result(name, `${percent(share)} read for sure: ${counts.join(", ")}`);
      return share;
    },
  };
}

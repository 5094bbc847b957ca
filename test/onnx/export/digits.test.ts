import { expect, test } from "vitest";
import { createBackend } from "webgpu-cnn";
import { exportOnnx } from "webgpu-cnn/onnx";
import { loadMnist } from "../../../demo/mnist.js";
import { makeNetwork } from "../../../demo/train/network.js";
import { existing } from "../../../src/core/objects.js";
import { isFull } from "../../support/sampling.js";
import { channelsFirst, largestDifference, runOnnx } from "../support/runtime.js";

const TRAINING_DIGITS = 640;
const TEST_DIGITS = isFull ? 10_000 : 1000;

function classes({ data }: { readonly data: Float32Array }): number[] {
  return Array.from({ length: data.length / 10 }, (_, i) => {
    const row = data.subarray(10 * i, 10 * (i + 1));
    return row.indexOf(Math.max(...row));
  });
}

test(`a LeNet that learned digits classifies ${TEST_DIGITS} others in ONNX Runtime as here`, async () => {
  const backend = await createBackend({ kind: "wasm" });
  const { train, test: digits } = await loadMnist();
  const model = makeNetwork(backend, 1, 40);
  const learned = {
    images: train.images.subarray(0, 784 * TRAINING_DIGITS),
    labels: train.labels.subarray(0, TRAINING_DIGITS),
  };
  await model.fit({ ...learned, shape: [TRAINING_DIGITS, 28, 28, 1] }, { epochs: 2, batchSize: 32 });
  const images = digits.images.subarray(0, 784 * TEST_DIGITS);
  const shape = [TEST_DIGITS, 28, 28, 1];
  const here = await model.predictAll({ images, shape }, { batchSize: 250 });
  const file = await exportOnnx(model);
  const pixels = Float32Array.from(images, (byte) => byte / 255);
  const there = existing(Object.values(await runOnnx(file, { input: channelsFirst({ shape, data: pixels }) }))[0]);
  const [expected, found] = [classes(here), classes(there)];
  expect(found).toEqual(expected);
  expect(largestDifference(there, here)).toBeLessThan(1e-5);
  const right = expected.filter((digit, i) => digit === digits.labels[i]).length;
  expect(right / TEST_DIGITS).toBeGreaterThan(0.6);
  console.log(`${right} of ${TEST_DIGITS} digits are right`);
  model.dispose();
  backend.destroy();
});

import { expect, test } from "vitest";
import { loadDigits } from "../../demo/digits/mnist.js";
import { loadMnist } from "../../demo/mnist.js";

function countsOf(labels: Uint8Array): number[] {
  const counts = new Array<number>(10).fill(0);
  for (const label of labels) counts[label] = (counts[label] ?? 0) + 1;
  return counts;
}

test("MNIST is read whole", async () => {
  const { train, test } = await loadMnist();
  expect(train.shape).toEqual([60_000, 28, 28, 1]);
  expect(test.shape).toEqual([10_000, 28, 28, 1]);
  // How many there are of each digit, and the mean and the deviation that the world normalises by.
  expect(countsOf(train.labels)).toEqual([5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949]);
  expect(countsOf(test.labels)).toEqual([980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]);
  let [sum, squares] = [0, 0];
  for (const byte of train.images) {
    sum += byte / 255;
    squares += (byte / 255) ** 2;
  }
  const mean = sum / train.images.length;
  expect(mean).toBeCloseTo(0.1307, 4);
  expect(Math.sqrt(squares / train.images.length - mean ** 2)).toBeCloseTo(0.3081, 4);
});

test("its first digits are those that the network's demo takes", async () => {
  const [{ train }, digits] = await Promise.all([loadMnist(), loadDigits(64)]);
  expect(new Uint8Array(digits.labels)).toEqual(train.labels.slice(0, 64));
  expect(digits.pixels).toEqual(Float32Array.from(train.images.slice(0, 64 * 784), (byte) => byte / 255));
});

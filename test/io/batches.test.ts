import fc from "fast-check";
import { afterEach, describe, expect, test, vi } from "vitest";
import { OptionError, ShapeError } from "webgpu-cnn";
import { type Batch, batches, type Dataset } from "webgpu-cnn/io";
import { randomBits } from "../support/float64/random.js";
import { expectError, thrownBy, wrong } from "../support/refusals.js";

/** Examples of two values each, `2 · i` and `2 · i + 1`, with the label i. */
const numbered = (examples: number): Dataset => ({
  images: Float32Array.from({ length: 2 * examples }, (_, i) => i),
  shape: [examples, 1, 2, 1],
  labels: Int32Array.from({ length: examples }, (_, i) => i),
});

const labelsOf = (all: Iterable<Batch>) => [...all].flatMap(({ labels }) => [...labels]);

describe("batches", () => {
  afterEach(() => {
    vi.useRealTimers();
  });

  test("cut an epoch in order, and the last batch is shorter or dropped", () => {
    const cut = batches(numbered(5), { batchSize: 2, shuffle: false });
    expect(cut.count).toBe(3);
    expect([...cut]).toEqual([
      { index: 0, size: 2, shape: [2, 1, 2, 1], x: Float32Array.of(0, 1, 2, 3), labels: Float32Array.of(0, 1) },
      { index: 1, size: 2, shape: [2, 1, 2, 1], x: Float32Array.of(4, 5, 6, 7), labels: Float32Array.of(2, 3) },
      { index: 2, size: 1, shape: [1, 1, 2, 1], x: Float32Array.of(8, 9), labels: Float32Array.of(4) },
    ]);
    const dropped = batches(numbered(5), { batchSize: 2, shuffle: false, dropLast: true });
    expect(dropped.count).toBe(2);
    expect(labelsOf(dropped)).toEqual([0, 1, 2, 3]);
  });

  test("have every example once with its own label for every seed", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 40 }),
        fc.integer({ min: 1, max: 12 }),
        fc.maxSafeNat(),
        fc.nat(),
        (examples, batchSize, seed, epoch) => {
          const all = [...batches(numbered(examples), { batchSize, seed, epoch })];
          expect(all.map(({ size }) => size).slice(0, -1)).toEqual(new Array(all.length - 1).fill(batchSize));
          for (const { x, labels, size, shape } of all) {
            expect(shape).toEqual([size, 1, 2, 1]);
            expect([...x]).toEqual([...labels].flatMap((label) => [2 * label, 2 * label + 1]));
          }
          expect(labelsOf(all).sort((a, b) => a - b)).toEqual([...numbered(examples).labels]);
        },
      ),
    );
  });

  test("are shuffled by Fisher and Yates with the bits of seed and epoch", () => {
    for (const [seed, epoch] of [
      [0, 0],
      [7, 3],
      [Number.MAX_SAFE_INTEGER, 2 ** 31 - 1],
    ] as const) {
      const order = Array.from({ length: 100 }, (_, i) => i);
      for (let i = 99, drawn = 0; i > 0; i--, drawn++) {
        const bits = BigInt(randomBits(seed, 2 ** 31 + epoch, drawn));
        const j = Number((bits * BigInt(i + 1)) >> 32n);
        [order[i], order[j]] = [order[j] ?? Number.NaN, order[i] ?? Number.NaN];
      }
      expect(labelsOf(batches(numbered(100), { batchSize: 16, seed, epoch }))).toEqual(order);
    }
  });

  test("come in the same order on every machine", () => {
    expect(labelsOf(batches(numbered(10), { batchSize: 4, seed: 42 }))).toEqual([5, 4, 3, 7, 1, 2, 8, 9, 0, 6]);
  });

  test("repeat in the same order, and in another order for another seed or epoch", () => {
    const first = batches(numbered(64), { batchSize: 8, seed: 1 });
    expect([...first]).toEqual([...first]);
    const orders = [
      first,
      ...[{ seed: 2 }, { seed: 1, epoch: 1 }, { seed: 1 + 2 ** 32 }].map((options) =>
        batches(numbered(64), { batchSize: 8, ...options }),
      ),
    ];
    expect(new Set(orders.map((order) => labelsOf(order).join())).size).toBe(orders.length);
  });

  test("continue from any batch like an epoch without a stop", () => {
    const options = { batchSize: 3, seed: 5, epoch: 2 };
    const whole = [...batches(numbered(20), options)];
    for (let firstBatch = 0; firstBatch <= whole.length; firstBatch++) {
      const rest = batches(numbered(20), { ...options, firstBatch });
      expect(rest.count).toBe(whole.length);
      expect([...rest]).toEqual(whole.slice(firstBatch));
    }
  });

  test("scale bytes to 0…1, or by scale and offset", () => {
    const bytes: Dataset = { images: Uint8Array.of(0, 51, 255), shape: [3], labels: Uint8Array.of(1, 2, 3) };
    const xOf = (dataset: Dataset, options: { scale?: number; offset?: number }) =>
      [...batches(dataset, { batchSize: 3, shuffle: false, ...options })].map(({ x }) => x);
    expect(xOf(bytes, {})).toEqual([Float32Array.of(0, 51 / 255, 1)]);
    expect(xOf(bytes, { scale: 2 / 255, offset: -1 })).toEqual([Float32Array.of(-1, (2 / 255) * 51 - 1, 1)]);
    expect(xOf({ ...bytes, images: Float32Array.of(3, 4, 5) }, { offset: 1 })).toEqual([Float32Array.of(4, 5, 6)]);
  });

  test("take rows as labels", () => {
    const dataset = { images: Float32Array.of(7, 8), shape: [2, 1], labels: Float32Array.of(0.25, 0.75, 1, 0) };
    expect([...batches(dataset, { batchSize: 2, shuffle: false })].map(({ labels }) => labels)).toEqual([
      dataset.labels,
    ]);
  });

  test("share no memory with each other or the dataset", () => {
    const dataset = numbered(4);
    const [first, second] = [...batches(dataset, { batchSize: 2, shuffle: false })];
    first?.x.fill(99);
    first?.labels.fill(99);
    expect(second?.x).toEqual(Float32Array.of(4, 5, 6, 7));
    expect(dataset).toEqual(numbered(4));
  });

  test("are prepared during the caller's waits, or else on request", async () => {
    const dataset = numbered(3);
    const walk = batches(dataset, { batchSize: 1, shuffle: false })[Symbol.iterator]();
    walk.next();
    await new Promise((resolve) => setTimeout(resolve, 20));
    dataset.images.fill(-1);
    expect(walk.next().value?.x).toEqual(Float32Array.of(2, 3));
    expect(walk.next().value?.x).toEqual(Float32Array.of(-1, -1));
    expect(walk.next()).toEqual({ done: true, value: undefined });
  });

  test("leave no timer behind if the loop ends early", () => {
    vi.useFakeTimers();
    for (const _ of batches(numbered(4), { batchSize: 1 })) {
      expect(vi.getTimerCount()).toBe(1);
      break;
    }
    expect(vi.getTimerCount()).toBe(0);
    expect(labelsOf(batches(numbered(4), { batchSize: 1, shuffle: false }))).toEqual([0, 1, 2, 3]);
    expect(vi.getTimerCount()).toBe(0);
  });

  test.each<readonly [message: string, error: typeof OptionError, call: () => unknown]>([
    ["batches: batchSize is required: expected an integer ≥ 1", OptionError, () => batches(numbered(2), wrong({}))],
    ["batches: batchSize is 0, expected an integer ≥ 1", OptionError, () => batches(numbered(2), { batchSize: 0 })],
    [
      "batches: unknown option batchsize; did you mean batchSize?",
      OptionError,
      () => batches(numbered(2), wrong({ batchsize: 2 })),
    ],
    [
      "batches: epoch is 2147483648, expected an integer < 2³¹",
      OptionError,
      () => batches(numbered(2), { batchSize: 1, epoch: 2 ** 31 }),
    ],
    [
      "batches: seed is 0.5, expected an integer ≥ 0",
      OptionError,
      () => batches(numbered(2), { batchSize: 1, seed: 0.5 }),
    ],
    [
      "batches: dataset.images must be a Float32Array or a Uint8Array, got undefined",
      OptionError,
      () => batches(wrong(undefined), { batchSize: 1 }),
    ],
    [
      "batches: dataset.labels must be a Float32Array, a Uint8Array or an Int32Array, got [1]",
      OptionError,
      () => batches({ ...numbered(1), labels: wrong([1]) }, { batchSize: 1 }),
    ],
    [
      "batches: dataset.images has 4 values, expected 6 for shape [3, 2], examples first",
      ShapeError,
      () => batches({ ...numbered(2), shape: [3, 2] }, { batchSize: 1 }),
    ],
    [
      "batches: dataset.labels has 3 values, expected 2 class numbers, or 2 rows of the same length",
      ShapeError,
      () => batches({ ...numbered(2), labels: new Uint8Array(3) }, { batchSize: 1 }),
    ],
  ])("refuse: %s", (message, error, call) => {
    expectError(thrownBy(call), error, message);
  });
});

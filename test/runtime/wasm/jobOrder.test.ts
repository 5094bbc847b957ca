import fc from "fast-check";
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import {
  averagePool2d,
  averagePool2dBackward,
  type Backend,
  batchNormalizationTraining,
  conv2d,
  conv2dBackwardFilter,
  conv2dBackwardInput,
  convTranspose2d,
  createBackend,
  groupNormalization,
  layerNormalization,
  matmul,
  maxPool2d,
  maxPool2dBackward,
  reduceMax,
  reduceSum,
  resample2d,
  softmax,
  softmaxCrossEntropy,
  type Tensor,
  transpose,
} from "webgpu-cnn";
import { SingleThread } from "../../../src/runtime/wasm/commands/crew.js";
import { upload } from "../../support/backends.js";
import { randomOperand } from "../../support/random.js";
import { sampled } from "../../support/sampling.js";

// Threads run the jobs of a call in any order. So each job must write the results of its own range only. Here one thread
// runs them backwards, which shows a job that writes others' results every time. With threads that takes luck.

/** Of several jobs: one has 2²² multiply-adds, or fewer. */
const [LEAST, MOST] = [2 ** 22, 2 ** 25];

describe("jobs that run backwards give the same bits", () => {
  let backend: Backend;
  beforeAll(async () => {
    backend = await createBackend({ kind: "wasm", threads: 1 });
  });
  afterAll(() => backend.destroy());
  afterEach(() => vi.restoreAllMocks());

  const up = (shape: readonly number[], seed: number) => upload(backend, randomOperand(shape, seed));

  async function bitsOf(make: () => readonly Tensor[]): Promise<readonly Uint32Array[]> {
    const tensors = backend.tidy(make);
    const values = await Promise.all(tensors.map((tensor) => tensor.read()));
    for (const tensor of tensors) tensor.dispose();
    return values.map(({ buffer }) => new Uint32Array(buffer));
  }

  /** @returns the most jobs of a call */
  async function expectSameBits(make: () => readonly Tensor[]): Promise<number> {
    const forwards = await bitsOf(make);
    const { call } = SingleThread.prototype;
    let most = 0;
    vi.spyOn(SingleThread.prototype, "call").mockImplementation(function (this: SingleThread, program, jobs) {
      most = Math.max(most, jobs.length);
      return call.call(this, program, jobs.toReversed());
    });
    const backwards = await bitsOf(make);
    vi.restoreAllMocks();
    for (const [i, bits] of forwards.entries()) {
      const others = backwards[i] ?? new Uint32Array();
      expect([bits.length, bits.findIndex((word, at) => word !== others[at])]).toEqual([others.length, -1]);
    }
    return most;
  }

  test("convolution and its gradients, with so many channels that a job has a part of them", async () => {
    let several = 0;
    const extent = (max: number) => fc.integer({ min: 1, max });
    const geometry = fc
      .record({ n: extent(2), h: extent(14), w: extent(14), r: extent(3), s: extent(3) })
      .chain((sizes) =>
        fc.record({
          ...{ sizes: fc.constant(sizes), k: extent(130), strides: extent(2), groups: fc.constantFrom(1, 1, 1, 2) },
          work: fc.integer({ min: LEAST, max: MOST }),
        }),
      );
    await fc.assert(
      fc.asyncProperty(geometry, async ({ sizes: { n, h, w, r, s }, k, strides, groups, work }) => {
        const c = Math.max(1, Math.min(1500, Math.round(work / (n * h * w * r * s * k))));
        const [xShape, wShape] = [
          [n, h, w, c * groups],
          [r, s, c, k * groups],
        ];
        const options = { padding: "same", strides, groups } as const;
        const jobs = await expectSameBits(() => {
          const [x, filter] = [up(xShape, 1), up(wShape, 2)];
          const y = conv2d(x, filter, options);
          return [y, conv2dBackwardInput(y, filter, xShape, options), conv2dBackwardFilter(x, y, wShape, options)];
        });
        if (jobs > 1) several++;
      }),
      { numRuns: sampled(60) },
    );
    expect(several).toBeGreaterThan(0);
  });

  test("seven panels of eight channels and a half one", async () => {
    await expectSameBits(() => [conv2d(up([1, 1, 40, 960], 1), up([1, 3, 960, 60], 2), { padding: "same" })]);
  });

  test.each<readonly [string, () => readonly Tensor[]]>([
    [
      "transposed convolution",
      () => [convTranspose2d(up([1, 14, 14, 300], 1), up([3, 3, 61, 300], 2), { strides: 2 })],
    ],
    ["depthwise convolution", () => [conv2d(up([2, 60, 60, 99], 1), up([3, 3, 1, 99], 2), { groups: 99 })]],
    ["products", () => [matmul(up([201, 1100], 1), up([1100, 61], 2)), matmul(up([3, 2000], 1), up([2000, 1003], 2))]],
    [
      "sums and maxima",
      () => [reduceSum(up([1301, 2003], 1), { axes: [0] }), reduceMax(up([1301, 2003], 1), { axes: [1] })],
    ],
    [
      "softmax and its loss",
      () => [softmax(up([4001, 101], 1)), softmaxCrossEntropy(up([4001, 101], 1), up([4001, 101], 2))],
    ],
    [
      "normalizations",
      () => {
        const x = up([3, 61, 61, 36], 1);
        const { y, mean, variance } = batchNormalizationTraining(x);
        return [y, mean, variance, layerNormalization(x), groupNormalization(x, { groups: 4 })];
      },
    ],
    [
      "pools and their gradients",
      () => {
        const [x, options] = [up([3, 61, 61, 36], 1), { windowDimensions: 3, strides: 2, padding: 1 }];
        const [y, mean] = [maxPool2d(x, options), averagePool2d(x, options)];
        return [y, mean, maxPool2dBackward(x, y, options), averagePool2dBackward([3, 61, 61, 36], mean, options)];
      },
    ],
    [
      "scaling and transposes",
      () => [resample2d(up([2, 61, 61, 36], 1), { scales: [2, 2], mode: "linear" }), transpose(up([301, 2003], 1))],
    ],
  ])("%s", async (_title, make) => {
    expect(await expectSameBits(make)).toBeGreaterThan(1);
  });
});

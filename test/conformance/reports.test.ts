import { expect, test } from "vitest";
import {
  averagePool2d,
  batchNormalizationTraining,
  conv2d,
  conv2dBackwardFilter,
  conv2dBackwardInput,
  instanceNormalization,
  layerNormalization,
  maxPool2d,
  maxPool2dBackward,
  pad2d,
  resample2d,
  ShapeError,
} from "webgpu-cnn";
import { describeOnEachBackend, evaluate, upload } from "../support/backends.js";
import { expectWithinBound } from "../support/expectWithinBound.js";
import * as oracle from "../support/float64.js";
import { randomOperand } from "../support/random.js";

/** 0, 1, 2, … */
const range = (size: number) => Float32Array.from({ length: size }, (_, i) => i);

/** Public reports of wrong results in other libraries, from 2024 to 2026, each with the right values. */
describeOnEachBackend("reports about other libraries", (backend) => {
  const images = (values: readonly number[] | Float32Array, shape: readonly number[]) =>
    backend().tensor(Float32Array.from(values), shape);

  test("onnxruntime #26734: a convolution with SAME padding at stride 2 pads at the end", async () => {
    const y = await evaluate(backend(), () =>
      conv2d(backend().full([1, 4, 4, 1], 1), backend().full([3, 3, 1, 1], 1), { padding: "same", strides: 2 }),
    );
    expect([...y]).toEqual([9, 6, 6, 4]);
  });

  test("tfjs #8405: SAME padding can have a stride larger than the image", async () => {
    const y = await evaluate(backend(), () =>
      conv2d(images([1, 2, 3, 4, 5, 6], [1, 2, 3, 1]), backend().full([2, 2, 1, 1], 1), {
        padding: "same",
        strides: 5,
      }),
    );
    expect([...y]).toEqual([1 + 2 + 4 + 5]);
  });

  test.each([
    ["mlx #3800: the gradients of a grouped convolution at stride 2", { strides: 2, padding: 1, groups: 2 }],
    ["mlx #3800: the gradients of a depthwise convolution at stride 2", { strides: 2, padding: 1, groups: 4 }],
    ["iree-turbine #1223: strides and dilations are not exchanged", { strides: [2, 1], dilations: [1, 3], padding: 2 }],
  ] as const)("%s", async (_, options) => {
    const groups = "groups" in options ? options.groups : 1;
    const [x, w] = [randomOperand([2, 9, 9, 4], 1), randomOperand([3, 3, 4 / groups, 8], 2)];
    const y = oracle.conv2d(x, w, options);
    const dy = randomOperand(y.shape, 3);
    const dx = await evaluate(backend(), () =>
      conv2dBackwardInput(upload(backend(), dy), upload(backend(), w), x.shape, options),
    );
    expectWithinBound(dx, oracle.conv2dBackwardInput(dy, w, x.shape, options), "dx");
    const dw = await evaluate(backend(), () =>
      conv2dBackwardFilter(upload(backend(), x), upload(backend(), dy), w.shape, options),
    );
    expectWithinBound(dw, oracle.conv2dBackwardFilter(x, dy, w.shape, options), "dw");
  });

  test.each([false, true])(
    "coremltools #2844: an average never counts the overhang of ceil, countIncludePad %s",
    async (countIncludePad) => {
      const y = await evaluate(backend(), () =>
        averagePool2d(images(range(49), [1, 7, 7, 1]), {
          windowDimensions: 2,
          strides: 3,
          outputShapeRounding: "ceil",
          countIncludePad,
        }),
      );
      expect([...y]).toEqual([4, 7, 9.5, 25, 28, 30.5, 42.5, 45.5, 48]);
    },
  );

  test("coremltools #2772: an average of 3×3 by windows of 2 rounds up", async () => {
    const y = await evaluate(backend(), () =>
      averagePool2d(images(range(9), [1, 3, 3, 1]), { windowDimensions: 2, outputShapeRounding: "ceil" }),
    );
    expect([...y]).toEqual([2, 3.5, 6.5, 8]);
  });

  test("tvm #18641: a window that begins in the padding at the end is dropped", async () => {
    const pooled = averagePool2d(backend().full([1, 17, 17, 1], 1), {
      windowDimensions: 2,
      padding: 1,
      outputShapeRounding: "ceil",
      countIncludePad: true,
    });
    expect(pooled.shape).toEqual([1, 9, 9, 1]);
    pooled.dispose();
  });

  test("pytorch #154882: a maximum at stride 3 rounds up", async () => {
    const y = await evaluate(backend(), () =>
      maxPool2d(images(range(25), [1, 5, 5, 1]), { windowDimensions: 2, strides: 3, outputShapeRounding: "ceil" }),
    );
    expect([...y]).toEqual([6, 9, 21, 24]);
  });

  test("tensorflow #125965: a NaN reaches all channels equally", async () => {
    const y = await evaluate(backend(), () =>
      maxPool2d(images([3, 3, 3, Number.NaN, Number.NaN, Number.NaN, 1, 1, 1, 2, 2, 2], [1, 2, 2, 3]), {
        windowDimensions: 2,
      }),
    );
    expect([...y]).toEqual([Number.NaN, Number.NaN, Number.NaN]);
  });

  test("pytorch #168246: a window larger than its image is refused", () => {
    expect(() => maxPool2d(backend().full([1, 1, 4, 1], 1), { windowDimensions: 2 })).toThrow(ShapeError);
  });

  test("burn #4466, pytorch #177568: a maximum with unequal dilations has the right gradient", async () => {
    const x = randomOperand([1, 8, 9, 2], 4);
    const options = { windowDimensions: [2, 3], strides: [2, 1], dilations: [3, 2], padding: 1 } as const;
    const y = oracle.maxPool2d(x, options);
    const dy = randomOperand(y.shape, 5);
    const dx = await evaluate(backend(), () => maxPool2dBackward(upload(backend(), x), upload(backend(), dy), options));
    expectWithinBound(dx, oracle.maxPool2dBackward(x, dy, options), "dx");
  });

  test("TileOPs #832: a window of −∞ gives its gradient to its first element", async () => {
    const dx = await evaluate(backend(), () =>
      maxPool2dBackward(backend().full([1, 2, 2, 1], Number.NEGATIVE_INFINITY), backend().full([1, 1, 1, 1], 5), {
        windowDimensions: 2,
      }),
    );
    expect([...dx]).toEqual([5, 0, 0, 0]);
  });

  test.each([200, 214, 218, 220, 227, 230, 235, 242, 245, 255])(
    "burn #4686: the nearest pixels are right for %d pixels and twice as many",
    async (extent) => {
      for (const coordinates of ["halfPixel", "asymmetric"] as const) {
        const y = await evaluate(backend(), () =>
          resample2d(images(range(extent), [1, 1, extent, 1]), {
            sizes: [1, 2 * extent],
            mode: "nearest-neighbor",
            coordinates,
          }),
        );
        expect(y).toEqual(range(2 * extent).map((i) => Math.floor(i / 2)));
      }
    },
  );

  test("onnxruntime #23591: the nearest pixels are right for 72 pixels and 300 times as many, asymmetric", async () => {
    const y = await evaluate(backend(), () =>
      resample2d(images(range(72), [1, 1, 72, 1]), {
        sizes: [1, 21_600],
        mode: "nearest-neighbor",
        coordinates: "asymmetric",
      }),
    );
    expect(y).toEqual(range(21_600).map((i) => Math.floor(i / 300)));
  });

  test("tinygrad #17790: one pixel with aligned corners is the first pixel", async () => {
    const y = await evaluate(backend(), () =>
      resample2d(images([7, 1, 2, 3], [1, 2, 2, 1]), { sizes: 1, mode: "linear", coordinates: "alignCorners" }),
    );
    expect([...y]).toEqual([7]);
  });

  test("jax #30426: nearly equal values do not get a negative variance", async () => {
    for (const noise of [0, 2e-6, -3e-6]) {
      const y = await evaluate(backend(), () =>
        layerNormalization(images([-11, -11 + noise, -11 - noise], [1, 3]), { epsilon: 1e-12 }),
      );
      for (const value of y) expect(Math.abs(value)).toBeLessThan(1.5);
    }
  });

  test("keras #23708: integers are normalised to fractions", async () => {
    const y = await evaluate(backend(), () =>
      layerNormalization(backend().tensor(new Int32Array([1, 2, 3, 4, 5, 6]), [2, 3]), { epsilon: 1e-3 }),
    );
    const edge = 1 / Math.sqrt(2 / 3 + 1e-3);
    for (const [i, value] of [-edge, 0, edge, -edge, 0, edge].entries()) expect(y[i]).toBeCloseTo(value, 5);
  });

  test("mlx #3817, tt-metal #55438: the variance of a batch is the biased one, which normalises it", async () => {
    const { y, mean, variance } = batchNormalizationTraining(images([1, 2, 3, 6], [4, 1]), { epsilon: 0 });
    expect([...(await mean.read())]).toEqual([3]);
    expect([...(await variance.read())]).toEqual([3.5]);
    for (const [i, value] of [-2, -1, 0, 3].entries()) {
      expect((await y.read())[i]).toBeCloseTo(value / Math.sqrt(3.5), 5);
    }
    for (const tensor of [y, mean, variance]) tensor.dispose();
  });

  test("tinygrad #9289: a reflection by all but one element, on both sides", async () => {
    const y = await evaluate(backend(), () =>
      pad2d(images(range(9), [1, 3, 3, 1]), { padding: 2, mode: "reflection" }),
    );
    const rows = [
      [8, 7, 6, 7, 8, 7, 6],
      [5, 4, 3, 4, 5, 4, 3],
      [2, 1, 0, 1, 2, 1, 0],
    ] as const;
    expect([...y]).toEqual([0, 1, 2, 1, 0, 1, 2].flatMap((row) => rows[row] ?? []));
  });

  test("onnxruntime #25092: instance normalisation is right for [2, 80, 2] in nchw", async () => {
    const x = randomOperand([2, 80, 2, 1], 6);
    const y = await evaluate(backend(), () =>
      instanceNormalization(upload(backend(), x), { layout: "nchw", epsilon: 1e-5 }),
    );
    for (let row = 0; row < 160; row++) {
      const [a = 0, b = 0] = x.data.subarray(2 * row, 2 * row + 2);
      const half = (a - b) / 2;
      expect(y[2 * row]).toBeCloseTo(half / Math.sqrt(half * half + 1e-5), 4);
      expect(y[2 * row + 1]).toBeCloseTo(-half / Math.sqrt(half * half + 1e-5), 4);
    }
  });

  test("onnxruntime #24514: instance normalisation of a large image does not overflow", async () => {
    const size = 256 * 256;
    const y = await evaluate(backend(), () =>
      instanceNormalization(
        images(
          range(size).map((i) => 6e4 + (i % 2)),
          [1, 256, 256, 1],
        ),
      ),
    );
    for (const i of [0, 1, size - 2, size - 1]) expect(y[i]).toBeCloseTo((i % 2 ? 1 : -1) / Math.sqrt(1 + 4e-5), 3);
  });
});

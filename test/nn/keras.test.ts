import { expect, test } from "vitest";
import {
  Activation,
  Adagrad,
  Adam,
  AdamW,
  BatchNormalization,
  Conv2DTranspose,
  Dense,
  GroupNormalization,
  LayerNormalization,
  type Optimizer,
  RMSprop,
  Sequential,
  SGD,
} from "webgpu-cnn/nn";
import { describeOnEachBackend } from "../support/backends.js";
import { wrong } from "../support/refusals.js";

/** What Keras 3.15 gives for images of 3 by 3 pixels: the output's extent for windows of 1 to 5, by stride. */
const TRANSPOSED: readonly (readonly [stride: number, valid: readonly number[], same: number])[] = [
  [1, [3, 4, 5, 6, 7], 3],
  [2, [6, 6, 7, 8, 9], 6],
  [3, [9, 9, 9, 10, 11], 9],
  [4, [12, 12, 12, 12, 13], 12],
];

/** What Keras 3.15 makes of [1, −2, 0.5] in 5 steps with the gradients [0.1 · t, 0.01, −3], all options left out. */
const OPTIMIZED: readonly (readonly [Optimizer, readonly number[]])[] = [
  [new SGD(), [0.985, -2.0004995, 0.6499999]],
  [new Adam(), [0.9951493, -2.0049992, 0.5049999]],
  [new AdamW(), [0.9951293, -2.0049586, 0.5049899]],
  [new RMSprop(), [0.9867724, -2.0106156, 0.5106453]],
  [new Adagrad(), [0.997317, -2.0001578, 0.5032219]],
];

describeOnEachBackend("what Keras gives", (backend) => {
  test("the extents of a transposed convolution", () => {
    for (const [strides, valid, same] of TRANSPOSED) {
      for (const [i, expected] of valid.entries()) {
        for (const [padding, extent] of [
          ["valid", expected],
          ["same", same],
        ] as const) {
          const layer = new Conv2DTranspose({ filters: 1, kernelSize: i + 1, strides, padding });
          const model = new Sequential([layer]).build(backend(), { inputShape: [3, 3, 1] });
          const what = `window ${i + 1}, stride ${strides}, ${padding}`;
          expect(model.summary().layers[0]?.outputShape, what).toEqual([extent, extent, 1]);
          model.dispose();
        }
      }
    }
  });

  test("a window smaller than its stride leaves only the bias between", async () => {
    const layer = new Conv2DTranspose({
      ...{ filters: 1, kernelSize: [1, 2], strides: [2, 3] },
      ...{ kernelInitializer: () => Float32Array.of(3, 5), biasInitializer: () => Float32Array.of(0.5) },
    });
    const model = new Sequential([layer]).build(backend(), { inputShape: [2, 1, 1] });
    const { shape, data } = await model.predictAll({ images: [1, 2], shape: [1, 2, 1, 1] });
    expect(shape).toEqual([1, 4, 3, 1]);
    expect([...data]).toEqual([3.5, 5.5, 0.5, 0.5, 0.5, 0.5, 6.5, 10.5, 0.5, 0.5, 0.5, 0.5]);
    model.dispose();
  });

  test.each(OPTIMIZED)("five steps of an optimizer by its defaults, %#", async (optimizer, expected) => {
    const weight = backend().variable([1, -2, 0.5]);
    optimizer.build(backend(), new Map([["w", weight]]));
    for (let step = 0; step < 5; step++) {
      const gradient = backend().tensor([0.1 * (step + 1), 0.01, -3], [3]);
      optimizer.setStep(step);
      optimizer.apply(new Map([["w", gradient]]));
      gradient.dispose();
    }
    const values = [...(await weight.read())];
    for (const [i, value] of values.entries()) expect(value).toBeCloseTo(expected[i] ?? Number.NaN, 5);
    weight.dispose();
    optimizer.dispose();
  });
});

test("the defaults of layers", () => {
  expect(new BatchNormalization().config()).toMatchObject({ momentum: 0.99, epsilon: 1e-3 });
  expect(new LayerNormalization().config()).toMatchObject({ epsilon: 1e-3 });
  expect(new GroupNormalization().config()).toMatchObject({ groups: 32, epsilon: 1e-3 });
  expect(new Dense({ units: 1 }).config()).toMatchObject({
    kernelInitializer: "glorotUniform",
    biasInitializer: "zeros",
  });
  expect(() => new Activation(wrong("leaky_relu"))).toThrow('did you mean "leakyRelu"?');
});

import { expect, test } from "vitest";
import {
  type Backend,
  createBackend,
  OptionError,
  ShapeError,
  softmaxCrossEntropy,
  valueAndGradients,
} from "webgpu-cnn";
import { type Dataset, decodeSafetensors, encodeSafetensors } from "webgpu-cnn/io";
import {
  Adam,
  AveragePool2D,
  BatchNorm,
  Conv2D,
  ConvTranspose2D,
  Dense,
  DepthwiseConv2D,
  Dropout,
  type FitOptions,
  type FitProgress,
  Flatten,
  GlobalAveragePool2D,
  MaxPool2D,
  Residual,
  Sequential,
  SGD,
} from "webgpu-cnn/nn";
import { RandomNumbers } from "../../src/core/random.js";
import { describeOnEachBackend } from "../support/backends.js";
import { counting, requestDevice } from "../support/device.js";

/** Images of a bright bar, upright or lying: two classes that a convolution tells apart. */
function bars(examples: number, seed: number): Dataset {
  const random = new RandomNumbers(seed);
  const images = new Float32Array(examples * 64);
  const labels = new Float32Array(examples);
  for (let n = 0; n < examples; n++) {
    const upright = random.integer(2);
    const at = random.integer(8);
    labels[n] = upright;
    for (let i = 0; i < 64; i++) {
      const onBar = (upright === 1 ? i % 8 : Math.floor(i / 8)) === at;
      images[64 * n + i] = (onBar ? 1 : 0) + 0.2 * random.normal();
    }
  }
  return { images, shape: [examples, 8, 8, 1], labels };
}

const small = () => [
  new Conv2D({ filters: 4, kernelSize: 3, activation: "relu" }),
  new MaxPool2D(),
  new Dropout({ rate: 0.1 }),
  new Flatten(),
  new Dense({ units: 2 }),
];

function compiled(backend: Backend, seed = 1): Sequential {
  const model = new Sequential(small()).build(backend, { inputShape: [8, 8, 1], seed });
  return model.compile({ optimizer: new Adam({ learningRate: 0.01 }), loss: "softmaxCrossEntropy" });
}

async function collect(model: Sequential, dataset: Dataset, options: FitOptions): Promise<FitProgress[]> {
  const all: FitProgress[] = [];
  for await (const progress of model.fit(dataset, options)) all.push(progress);
  return all;
}

const lossesOf = (progress: readonly FitProgress[]) => progress.map(({ loss }) => loss);

async function weightsOf(model: Sequential): Promise<Record<string, readonly number[]>> {
  const read = [...model.weights].map(async ([name, variable]) => [name, [...(await variable.read())]] as const);
  return Object.fromEntries(await Promise.all(read));
}

describeOnEachBackend("Sequential", (backend) => {
  test("learns, and says how it goes", async () => {
    const model = compiled(backend());
    const progress = await collect(model, bars(160, 1), { epochs: 6, batchSize: 16 });
    expect(progress).toHaveLength(60);
    expect(progress[0]).toMatchObject({ epoch: 1, epochs: 6, step: 1, steps: 10 });
    expect(progress.at(-1)).toMatchObject({ epoch: 6, step: 10 });
    const { loss, accuracy } = await model.evaluate(bars(100, 2), { batchSize: 30 });
    expect(accuracy).toBeGreaterThan(0.95);
    expect(loss).toBeLessThan(progress[0]?.loss ?? 0);
    model.dispose();
  });

  test("the same seed gives the same bits, another others", async () => {
    const run = async (seed: number) => {
      const model = compiled(backend(), seed);
      const losses = lossesOf(await collect(model, bars(64, 1), { epochs: 2, batchSize: 16 }));
      const weights = await weightsOf(model);
      model.dispose();
      return { losses, weights };
    };
    const first = await run(1);
    expect(await run(1)).toEqual(first);
    expect((await run(2)).losses).not.toEqual(first.losses);
  });

  test("a resumed run gives the bits of one that was never stopped, through a file", async () => {
    const options = { epochs: 3, batchSize: 16 };
    const whole = compiled(backend());
    const expected = lossesOf(await collect(whole, bars(56, 1), options));
    const stopped = compiled(backend());
    const losses: number[] = [];
    for await (const { loss } of stopped.fit(bars(56, 1), options)) {
      losses.push(loss);
      if (losses.length === 6) break;
    }
    const { tensors, metadata } = await stopped.checkpoint();
    const bytes = encodeSafetensors(tensors, metadata);
    const resumed = compiled(backend(), 1);
    resumed.restore(decodeSafetensors(bytes));
    const rest = lossesOf(await collect(resumed, bars(56, 1), options));
    // One step was under way when the loop was left.
    expect(rest).toEqual(expected.slice(Number(metadata["step"])));
    expect(await weightsOf(resumed)).toEqual(await weightsOf(whole));
    for (const model of [whole, stopped, resumed]) model.dispose();
  });

  test("stops when the signal says so, and can be asked to go on", async () => {
    const model = compiled(backend());
    const controller = new AbortController();
    let steps = 0;
    const run = async () => {
      for await (const _ of model.fit(bars(64, 1), { batchSize: 8, signal: controller.signal })) {
        steps++;
        if (steps === 3) controller.abort(new Error("enough"));
      }
    };
    await expect(run()).rejects.toThrow("enough");
    expect(steps).toBe(3);
    model.dispose();
  });

  test("a step is what the operators give", async () => {
    const model = new Sequential([new Flatten(), new Dense({ units: 2 })]).build(backend(), {
      inputShape: [8, 8, 1],
      seed: 3,
    });
    model.compile({ optimizer: new SGD({ learningRate: 0.5 }), loss: "softmaxCrossEntropy" });
    const before = await weightsOf(model);
    const { images, labels } = bars(16, 1);
    const x = backend().tensor(images, [16, 8, 8, 1]);
    const parameters = Object.fromEntries([...model.trainable].map(([name, { value }]) => [name, value]));
    const { gradients } = valueAndGradients(
      () => softmaxCrossEntropy(model.predict(x), backend().tensor(labels, [16])),
      parameters,
    );
    const slopes = await gradients["dense.kernel"]?.read();
    await collect(model, { images, shape: [16, 8, 8, 1], labels }, { batchSize: 16, shuffle: false });
    const after = await weightsOf(model);
    for (const [i, w] of (after["dense.kernel"] ?? []).entries()) {
      expect(w).toBeCloseTo((before["dense.kernel"]?.[i] ?? 0) - 0.5 * (slopes?.[i] ?? 0), 6);
    }
    model.dispose();
  });

  test("every layer trains, and its size is inferred", async () => {
    const model = new Sequential([
      new Conv2D({ filters: 4, kernelSize: 3, padding: "same", useBias: false }),
      new BatchNorm({ momentum: 0.5 }),
      new Residual({
        layers: [
          new DepthwiseConv2D({ kernelSize: 3, padding: "same", strides: 2 }),
          new Conv2D({ filters: 8, kernelSize: 1, activation: "leakyRelu" }),
        ],
        shortcut: [new Conv2D({ filters: 8, kernelSize: 1, strides: 2 })],
      }),
      new ConvTranspose2D({ filters: 4, kernelSize: 3, strides: 2, padding: "same", activation: "tanh" }),
      new AveragePool2D({ poolSize: 2 }),
      new Sequential([new Conv2D({ filters: 6, kernelSize: 3, activation: "sigmoid" }), new GlobalAveragePool2D()]),
      new Dense({ units: 2 }),
    ]).build(backend(), { inputShape: [8, 8, 1], seed: 1 });
    const summary = model.summary();
    expect(summary.layers.map(({ name, outputShape }) => [name, outputShape])).toEqual([
      ["conv2d", [8, 8, 4]],
      ["batch_norm", [8, 8, 4]],
      ["residual", [4, 4, 8]],
      ["conv_transpose2d", [8, 8, 4]],
      ["average_pool2d", [4, 4, 4]],
      ["sequential", [6]],
      ["dense", [2]],
    ]);
    expect(summary.parameters).toBe(36 + 16 + (36 + 4 + 32 + 8 + 32 + 8) + (9 * 4 * 8 + 4) + (9 * 4 * 6 + 6) + 14);
    expect(String(summary)).toContain("conv_transpose2d");
    model.compile({ optimizer: new Adam({ learningRate: 0.02 }), loss: "softmaxCrossEntropy" });
    const before = await weightsOf(model);
    await collect(model, bars(96, 1), { epochs: 5, batchSize: 16 });
    const after = await weightsOf(model);
    for (const name of Object.keys(before)) expect(after[name], name).not.toEqual(before[name]);
    expect((await model.evaluate(bars(64, 5))).accuracy).toBeGreaterThan(0.8);
    model.dispose();
  });

  test("takes other losses: a mean squared error, a function", async () => {
    const images = new Float32Array(64).map((_, i) => i / 64);
    const dataset = { images, shape: [32, 2], labels: images.map((v) => 1 - v) };
    const model = new Sequential([new Dense({ units: 2 })]).build(backend(), { inputShape: [2] });
    model.compile({ optimizer: new SGD({ learningRate: 0.2, momentum: 0.9 }), loss: "meanSquaredError" });
    const progress = await collect(model, dataset, { epochs: 20, batchSize: 32 });
    expect(progress.at(-1)?.accuracy).toBeUndefined();
    expect(progress.at(-1)?.loss).toBeLessThan(0.1 * (progress[0]?.loss ?? 0));
    model.dispose();
  });

  test("fits one number to each example", async () => {
    const images = new Float32Array(32).map((_, i) => i / 32);
    const dataset = { images, shape: [16, 2], labels: new Float32Array(16).map((_, i) => i / 16) };
    const model = new Sequential([new Dense({ units: 1 })]).build(backend(), { inputShape: [2] });
    model.compile({ optimizer: new SGD({ learningRate: 0.2 }), loss: "meanSquaredError" });
    const progress = await collect(model, dataset, { epochs: 40, batchSize: 16 });
    expect(progress.at(-1)?.loss).toBeLessThan(0.1 * (progress[0]?.loss ?? 0));
    model.dispose();
  });

  test("gives everything back", async () => {
    await backend().settled();
    const before = backend().memory();
    const model = compiled(backend());
    await collect(model, bars(40, 1), { batchSize: 16 });
    await model.evaluate(bars(40, 1));
    model.dispose();
    await backend().settled();
    expect(backend().memory()).toMatchObject({ tensors: before.tensors, liveBytes: before.liveBytes });
  });

  test("refuses what does not fit, in words", async () => {
    const built = () => new Sequential(small()).build(backend(), { inputShape: [8, 8, 1] });
    expect(() => new Sequential(small()).summary()).toThrow("build the model first");
    expect(() => new Sequential([new Dense({ units: 1 })]).build(backend(), { inputShape: [8, 8, 1] })).toThrow(
      "put a Flatten before it",
    );
    expect(() =>
      new Sequential([new Conv2D({ filters: 1, kernelSize: 9 })]).build(backend(), { inputShape: [8, 8, 1] }),
    ).toThrow(ShapeError);
    // @ts-expect-error: the name of another library
    expect(() => new Conv2D({ filters: 1, kernel_size: 3 })).toThrow(OptionError);
    const model = built();
    await expect(collect(model, bars(8, 1), {})).rejects.toThrow("compile the model first");
    model.compile({ optimizer: new Adam(), loss: "softmaxCrossEntropy" });
    await expect(collect(model, { ...bars(8, 1), shape: [8, 64] }, {})).rejects.toThrow(ShapeError);
    // @ts-expect-error: another word
    expect(() => model.compile({ optimizer: new Adam(), loss: "crossEntropy" })).toThrow(OptionError);
    const other = new Sequential([new Flatten(), new Dense({ units: 2 })]).build(backend(), { inputShape: [8, 8, 1] });
    expect(() => model.restore({ tensors: new Map(), metadata: {} })).toThrow("no model's of this library");
    const { tensors, metadata } = await other.checkpoint();
    const weights = await weightsOf(model);
    expect(() => model.restore({ tensors, metadata })).toThrow("another model's");
    expect(await weightsOf(model)).toEqual(weights);
    model.dispose();
    other.dispose();
  });
});

test("after the first step of training nothing is allocated, and 2,000 steps leave memory as it was", async () => {
  const { device, made } = counting(await requestDevice());
  const backend = await createBackend({ device });
  const model = new Sequential([new Flatten(), new Dropout({ rate: 0.1 }), new Dense({ units: 2 })])
    .build(backend, { inputShape: [8, 8, 1] })
    .compile({ optimizer: new Adam(), loss: "softmaxCrossEntropy" });
  const counts: number[] = [];
  let memory = backend.memory();
  let steps = 0;
  for await (const _ of model.fit(bars(16, 1), { epochs: 500, batchSize: 4 })) {
    // Reading back has two buffers to take turns.
    if (++steps === 4) memory = backend.memory();
    if (steps >= 4) counts.push(made());
  }
  expect(steps).toBe(2000);
  expect(new Set(counts).size).toBe(1);
  expect(backend.memory()).toMatchObject({ liveBytes: memory.liveBytes, pooledBytes: memory.pooledBytes });
  backend.destroy();
}, 240_000);

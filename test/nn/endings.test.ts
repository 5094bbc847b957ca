import { expect, test } from "vitest";
import { createBackend, OptionError, ShapeError, type Tensor } from "webgpu-cnn";
import {
  Activation,
  type ActivationName,
  Conv2D,
  Dense,
  Dropout,
  Flatten,
  input,
  Layer,
  type LossName,
  Model,
  Reshape,
  Residual,
  Sequential,
} from "webgpu-cnn/nn";
import { wrong } from "../support/refusals.js";

/** Models that end in an activation, in every way that a model may end. */
const ENDS: readonly (readonly [name: string, make: (activation: ActivationName) => Model])[] = [
  ["an activation of a layer", (activation) => new Sequential([new Dense({ units: 2, activation })])],
  ["an Activation", (activation) => new Sequential([new Dense({ units: 2 }), new Activation(activation)])],
  [
    "that of a Residual",
    (activation) => new Sequential([new Residual({ layers: [new Dense({ units: 4 })], activation })]),
  ],
  ["that of a model inside", (activation) => new Sequential([new Sequential([new Dense({ units: 2, activation })])])],
  [
    "one before layers that change no values",
    (activation) =>
      new Sequential([
        new Sequential([new Conv2D({ filters: 2, kernelSize: 1, activation })]),
        new Sequential([new Activation("none"), new Flatten()]),
        new Reshape({ targetShape: [-1] }),
      ]),
  ],
  [
    "the second output of a model inside",
    (activation) => {
      const x = input([4]);
      const outputs = { a: new Dense({ units: 2 }).apply(x), b: new Dense({ units: 2, activation }).apply(x) };
      const y = input([4]);
      return new Model({ inputs: y, outputs: new Model({ inputs: x, outputs }).apply(y).b });
    },
  ],
];

const LOGITS: readonly LossName[] = ["softmaxCrossEntropy", "binaryCrossEntropy"];

test.each(ENDS)("a loss that takes logits refuses probabilities: %s", (_, make) => {
  for (const loss of LOGITS) {
    for (const activation of ["softmax", "logSoftmax", "sigmoid", "hardSigmoid"] as const) {
      expect(() => make(activation).compile({ loss }), activation).toThrow(`the model ends in a ${activation}`);
    }
    for (const activation of ["none", "relu", "tanh"] as const) make(activation).compile({ loss });
  }
  make("sigmoid").compile({ loss: "meanSquaredError" });
  make("softmax").compile({ loss: "dice" });
});

test("the output that ends in probabilities is named", () => {
  const x = input([4]);
  const outputs = { a: new Dense({ units: 2 }).apply(x), b: new Dense({ units: 1, activation: "sigmoid" }).apply(x) };
  const model = new Model({ inputs: x, outputs });
  const compile = (b: LossName) => () => model.compile({ loss: { a: "softmaxCrossEntropy", b } });
  expect(compile("binaryCrossEntropy")).toThrow("the output b ends in a sigmoid");
  expect(compile("binaryCrossEntropy")).toThrow("call sigmoid(model.predict(x).b) for probabilities");
  compile("meanSquaredError")();
});

test("what a layer of one's own has after a softmax may be anything", () => {
  class Attention extends Layer {
    override call(x: Tensor): Tensor {
      return x;
    }
    override config() {
      return { activation: "softmax" };
    }
  }
  new Sequential([new Attention()]).compile({ loss: "softmaxCrossEntropy" });
  new Sequential([
    new Dense({ units: 2, activation: "softmax" }),
    new Dropout({ rate: 0 }),
    new Dense({ units: 2 }),
  ]).compile({
    loss: "softmaxCrossEntropy",
  });
});

test("labels that do not suit the loss are refused, with their index", async () => {
  const backend = await createBackend({ kind: "cpu" });
  const layers = { one: [new Flatten(), new Dense({ units: 1 })], two: [new Flatten(), new Dense({ units: 2 })] };
  const judge = async (units: "one" | "two", loss: LossName, labels: readonly number[]) => {
    const model = new Sequential(layers[units])
      .build(backend, { inputShape: [2, 2, 1] })
      .compile({ optimizer: "sgd", loss });
    const dataset = { images: new Float32Array(8), shape: [2, 2, 2, 1], labels };
    try {
      const stream = async function* () {
        yield dataset;
      };
      const refusals = [() => model.fit(dataset), () => model.evaluate(dataset), () => model.fit(stream)];
      const errors: unknown[] = [];
      for (const refusal of refusals) {
        const attempt = async () => {
          await refusal();
        };
        errors.push(await attempt().catch((error: unknown) => error));
      }
      const messages = errors.map((error) =>
        error instanceof Error ? error.message.replace(/^.*?labels/, "labels") : "",
      );
      expect(new Set(messages).size, messages.join()).toBe(1);
      if (errors[0] !== undefined) throw errors[0];
    } finally {
      model.dispose();
    }
  };
  await judge("one", "binaryCrossEntropy", [1, 0.25]);
  await expect(judge("one", "binaryCrossEntropy", [1, 9])).rejects.toThrow(
    'labels[1] is 9, expected a probability from 0 to 1; for the numbers of several classes, use "softmaxCrossEntropy"',
  );
  await expect(judge("one", "binaryCrossEntropy", [-1, 1])).rejects.toThrow("labels[0] is -1");
  await expect(judge("one", "binaryCrossEntropy", [1, Number.NaN])).rejects.toThrow("labels[1] is NaN");
  await expect(judge("two", "softmaxCrossEntropy", [1, 0, 2, 2])).rejects.toThrow(
    "labels[2] is 2, expected a probability from 0 to 1",
  );
  await expect(judge("two", "dice", [1, 0, 255, 0])).rejects.toThrow(OptionError);
  await expect(judge("one", "softmaxCrossEntropy", [0, 0])).rejects.toThrow(
    'one class, and "softmaxCrossEntropy" of one class is always 0; use "binaryCrossEntropy"',
  );
  await judge("two", "meanSquaredError", [7, -3, 2, 2]);
  backend.destroy();
});

test("labels of a whole image for an output that kept its axes: a layer is missing", async () => {
  const backend = await createBackend({ kind: "cpu" });
  const dataset = { images: new Float32Array(8), shape: [2, 2, 2, 1], labels: [0, 1] };
  for (const loss of LOGITS) {
    const units = loss === "binaryCrossEntropy" ? 1 : 3;
    const model = new Sequential([new Dense({ units })]).build(backend, { inputShape: [2, 2, 1] });
    model.compile({ optimizer: "sgd", loss });
    expect(() => model.fit(dataset)).toThrow("is a Flatten or a GlobalAveragePooling2D missing?");
    expect(() => model.fit({ ...dataset, labels: [0, 1, 0, 1] })).not.toThrow("missing");
    model.dispose();
  }
  backend.destroy();
});

test("a loss of one's own gives a scalar, or losses of the examples", async () => {
  const backend = await createBackend({ kind: "cpu" });
  const dataset = { images: new Float32Array(6), shape: [3, 2], labels: [0, 1, 1] };
  const judge = async (shape: readonly number[]) => {
    const model = new Sequential([new Dense({ units: 2 })]).build(backend, { inputShape: [2] });
    model.compile({ optimizer: "sgd", loss: () => backend.full(shape, 2) });
    const { loss } = await model.evaluate(dataset);
    model.dispose();
    return loss;
  };
  for (const shape of [[], [1], [3], [3, 2]]) expect(await judge(shape)).toBe(2);
  await expect(judge([2])).rejects.toThrow(ShapeError);
  await expect(judge([2, 3])).rejects.toThrow(
    "gave [2, 3] for 3 examples, expected a scalar, or losses of the examples",
  );
  backend.destroy();
});

test("words of Keras and PyTorch are understood", () => {
  const compile = (options: object) => () => new Sequential([new Flatten()]).compile(wrong(options));
  const dense = (options: object) => () => new Dense(wrong({ units: 1, ...options }));
  for (const [refused, name] of [
    [compile({ loss: "mse" }), "meanSquaredError"],
    [compile({ loss: "sparse_categorical_crossentropy" }), "softmaxCrossEntropy"],
    [compile({ loss: "CrossEntropyLoss" }), "softmaxCrossEntropy"],
    [compile({ loss: "binary_crossentropy" }), "binaryCrossEntropy"],
    [compile({ loss: { name: "mae" } }), "meanAbsoluteError"],
    [compile({ loss: "dice", metrics: ["acc"] }), "accuracy"],
    [compile({ loss: "dice", metrics: ["sparse_categorical_accuracy"] }), "accuracy"],
    [compile({ loss: "dice", metrics: ["mae"] }), "meanAbsoluteError"],
    [compile({ loss: "dice", optimizer: "Adam" }), "adam"],
    [compile({ loss: "dice", optimizer: "RMSProp" }), "rmsprop"],
    [dense({ activation: "ReLU" }), "relu"],
    [dense({ activation: "linear" }), "none"],
    [dense({ activation: "swish" }), "silu"],
    [dense({ activation: "leaky_relu" }), "leakyRelu"],
    [dense({ kernelInitializer: "glorot_uniform" }), "glorotUniform"],
    [dense({ kernelInitializer: "kaiming_normal" }), "heNormal"],
    [() => new Activation(wrong("identity")), "none"],
    [() => new Residual(wrong({ layers: [], activation: "linear" })), "none"],
  ] as const) {
    expect(refused).toThrow(`did you mean "${name}"?`);
  }
});

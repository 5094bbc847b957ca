import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Backend, createBackend, OptionError, sub, type Tensor, WebGPUCNNError } from "webgpu-cnn";
import {
  Adagrad,
  Adam,
  AdamW,
  type CompileOptions,
  Dense,
  input,
  Model,
  type Optimizer,
  RMSprop,
  Sequential,
  SGD,
} from "webgpu-cnn/nn";
import { compileFromDescription } from "../../src/nn/training/compileDescription.js";
import { trainingOf } from "../../src/nn/training/distributedTraining.js";
import { sampled } from "../support/sampling.js";

let backend: Backend;
beforeAll(async () => {
  backend = await createBackend({ kind: "cpu" });
});
afterAll(() => backend.destroy());

const make = () => new Sequential([new Dense({ units: 3 })]).build(backend, { inputShape: [2], seed: 1 });
const describeWith = (options: CompileOptions, optimizer = true) =>
  trainingOf(make().compile({ optimizer: "sgd", ...options }), "trainDistributed").describeCompile("trainDistributed", {
    optimizer,
  });
/** As it comes from the network. */
const sent = (description: unknown): unknown => JSON.parse(JSON.stringify(description));

/** Two outputs. */
function twoOutputs() {
  const x = input([2]);
  const outputs = { name: new Dense({ units: 3 }).apply(x), size: new Dense({ units: 1 }).apply(x) };
  return new Model({ inputs: x, outputs }).build(backend, { seed: 1 });
}

class Descent extends SGD {}

const difference = (output: Tensor, target: Tensor) => sub(output, target);

const LOSSES: readonly CompileOptions["loss"][] = [
  ...(["softmaxCrossEntropy", "binaryCrossEntropy", "meanSquaredError"] as const),
  ...(["meanAbsoluteError", "huber", "dice"] as const),
  { name: "softmaxCrossEntropy", labelSmoothing: 0.1 },
  { name: "huber", delta: 2.5 },
];
const METRICS: readonly NonNullable<CompileOptions["metrics"]>[] = [
  ...["accuracy" as const, ["topK" as const], [{ name: "topK", k: 2 } as const, "accuracy" as const]],
  ...[["meanAbsoluteError" as const, "meanAbsoluteError" as const], []],
];
const OPTIMIZERS: readonly (() => Optimizer)[] = [
  () => new SGD({ momentum: 0.9, nesterov: true, weightDecay: 0.1, clipNorm: 2 }),
  () => new Adam({ beta1: 0.8, beta2: 0.95, epsilon: 1e-5, weightDecay: 0.01 }),
  () => new AdamW({ learningRate: () => 3, clipNorm: 0.3 }),
  () => new RMSprop({ rho: 0.8, momentum: 0.3, centered: true, epsilon: 1e-3 }),
  () => new Adagrad({ initialAccumulatorValue: 0.5, epsilon: 1e-4, weightDecay: 0.2 }),
  ...[() => new SGD(), () => new Adam(), () => new RMSprop(), () => new Adagrad()],
];

/** Describes, sends, compiles another model, and describes that. */
function returned(description: unknown, model: Parameters<typeof compileFromDescription>[0] = make()) {
  compileFromDescription(model, sent(description), () => 0.25);
  const training = trainingOf(model, "workDistributed");
  expect(training.learningRate(7)).toBe(0.25);
  return training.describeCompile("workDistributed", { optimizer: true });
}

describe("the description of compile", () => {
  test.each(LOSSES.map((loss) => [JSON.stringify(loss), loss] as const))("returns the loss %s", (_, loss) => {
    const description = describeWith({ loss });
    expect(description).toMatchObject({
      losses: { dense: typeof loss === "string" ? { name: loss } : loss },
      lossWeights: { dense: 1 },
    });
    expect(returned(description)).toEqual(description);
  });

  test.each(METRICS.map((metrics) => [JSON.stringify(metrics), metrics] as const))(
    "returns the metrics %s",
    async (_, metrics) => {
      const description = describeWith({ loss: "meanSquaredError", metrics });
      const model = make();
      expect(returned(description, model)).toEqual(description);
      const data = { images: [[1, 2]], labels: [[1, 0, 3]] };
      const expected = make().compile({ loss: "meanSquaredError", metrics });
      expect(await model.evaluate(data)).toEqual(await expected.evaluate(data));
    },
  );

  test.each(OPTIMIZERS.map((optimizer) => [JSON.stringify(optimizer().config), optimizer] as const))(
    "returns the optimizer %s without its learning rate",
    (_, optimizer) => {
      const description = describeWith({ optimizer: optimizer(), loss: "meanSquaredError" });
      const { learningRate, ...config } = optimizer().config;
      expect(description).toMatchObject({ optimizer: config });
      expect(description).not.toHaveProperty("optimizer.learningRate");
      expect(returned(description)).toEqual(description);
    },
  );

  test("returns losses, metrics and factors of several outputs, also of one that is called name", () => {
    const model = twoOutputs().compile({
      optimizer: "adam",
      loss: { name: { name: "softmaxCrossEntropy", labelSmoothing: 0.2 }, size: "huber" },
      metrics: { name: ["accuracy", "topK"], size: "meanAbsoluteError" },
      lossWeights: { size: 0.125 },
    });
    const description = trainingOf(model, "trainDistributed").describeCompile("trainDistributed", { optimizer: true });
    expect(description).toMatchObject({ lossWeights: { name: 1, size: 0.125 } });
    expect(returned(description, twoOutputs())).toEqual(description);
  });

  test("without the optimizer, a worker gives gradients, and takes no steps", async () => {
    const description = describeWith({ optimizer: new Descent(), loss: "meanSquaredError" }, false);
    expect(description).not.toHaveProperty("optimizer");
    const model = make();
    compileFromDescription(model, sent(description), () => 0);
    const training = trainingOf(model, "workDistributed");
    training.begin();
    await expect(training.localSteps([], [], { step: 0, replica: 0 })).rejects.toThrow(
      /^workDistributed: the model was compiled without an optimizer; /,
    );
    expect(() => training.learningRate(0)).toThrow(OptionError);
    training.end();
  });

  test.each<readonly [message: string, options: CompileOptions]>([
    ["loss is a function, expected a name", { loss: difference }],
    ["metrics[1] is a function, expected a name", { loss: "huber", metrics: ["accuracy", difference] }],
    ["optimizer is a Descent, expected one of this library", { loss: "huber", optimizer: new Descent() }],
  ])("refuses code: %s", (message, options) => {
    expect(() => describeWith(options)).toThrow(
      new OptionError(`trainDistributed: ${message}; a job carries data, never code`),
    );
  });

  test("refuses code of one of several outputs, and a model without an optimizer", () => {
    const compiled = (options: CompileOptions) => trainingOf(twoOutputs().compile(options), "trainDistributed");
    const loss = { name: "meanSquaredError", size: difference } as const;
    expect(() => compiled({ optimizer: "sgd", loss }).describeCompile("trainDistributed", { optimizer: true })).toThrow(
      new OptionError("trainDistributed: loss.size is a function, expected a name; a job carries data, never code"),
    );
    expect(() => compiled({ loss: "dice" }).describeCompile("trainDistributed", { optimizer: false })).toThrow(
      /^trainDistributed: the model was compiled without an optimizer; /,
    );
  });
});

const GOOD = {
  losses: { dense: { name: "huber", delta: 2 } },
  metrics: { dense: ["accuracy", { name: "topK", k: 2 }] },
  lossWeights: { dense: 1 },
  optimizer: { name: "Adam", beta1: 0.9, clipNorm: 1 },
};

describe("a description that is damaged", () => {
  test.each<readonly [what: string, description: unknown]>([
    ["null", null],
    ["a list", []],
    ["a text", "adam"],
    ["an unknown part", { ...GOOD, code: "1" }],
    ["no losses", { ...GOOD, losses: undefined }],
    ["a loss without an output", { ...GOOD, losses: "dice" }],
    ["another output", { ...GOOD, losses: { digit: { name: "dice" } } }],
    ["no loss of the output", { ...GOOD, losses: {} }],
    ["an unknown loss", { ...GOOD, losses: { dense: { name: "constructor" } } }],
    ["an unknown option of the loss", { ...GOOD, losses: { dense: { name: "dice", delta: 1 } } }],
    ["a wrong option of the loss", { ...GOOD, losses: { dense: { name: "huber", delta: "1" } } }],
    ["a loss that is code", { ...GOOD, losses: { dense: difference } }],
    ["no metrics", { ...GOOD, metrics: undefined }],
    ["an unknown metric", { ...GOOD, metrics: { dense: ["__proto__"] } }],
    ["a metric that is no list", { ...GOOD, metrics: { dense: "accuracy" } }],
    ["a metric that is code", { ...GOOD, metrics: { dense: [difference] } }],
    ["a wrong k", { ...GOOD, metrics: { dense: [{ name: "topK", k: 0.5 }] } }],
    ["no factors", { ...GOOD, lossWeights: undefined }],
    ["a factor that is no number", { ...GOOD, lossWeights: { dense: "2" } }],
    ["an unknown optimizer", { ...GOOD, optimizer: { name: "Object" } }],
    ["an optimizer without a name", { ...GOOD, optimizer: {} }],
    ["an optimizer that is null", { ...GOOD, optimizer: null }],
    ["an unknown option of the optimizer", { ...GOOD, optimizer: { name: "SGD", beta1: 0.9 } }],
    ["a wrong option of the optimizer", { ...GOOD, optimizer: { name: "Adam", beta1: 2 } }],
    ["a wrong clipNorm", { ...GOOD, optimizer: { name: "Adam", clipNorm: "1" } }],
  ])("is refused: %s", (_, description) => {
    const model = make();
    expect(() => compileFromDescription(model, description, () => 1)).toThrow(OptionError);
    // Nothing has changed: the model is not compiled.
    expect(() => trainingOf(model, "workDistributed")).toThrow(/compile the model first/);
  });

  test("is refused with an error of this library, whatever is in it", () => {
    const model = make();
    const replaced = fc.record({
      path: fc.constantFrom(
        ...[["losses"], ["losses", "dense"], ["losses", "dense", "name"], ["losses", "dense", "delta"], ["metrics"]],
        ...[["metrics", "dense"], ["metrics", "dense", "0"], ["metrics", "dense", "1", "k"], ["lossWeights"]],
        ...[["lossWeights", "dense"], ["optimizer"], ["optimizer", "name"], ["optimizer", "beta1"]],
        ...[["optimizer", "clipNorm"], ["more"], ["optimizer", "__proto__"], ["losses", "toString"]],
      ),
      value: fc.jsonValue(),
    });
    fc.assert(
      fc.property(fc.oneof(fc.jsonValue(), replaced), (given) => {
        const description: unknown = isReplacement(given) ? withValue(GOOD, given.path, given.value) : given;
        try {
          compileFromDescription(model, description, () => 1);
        } catch (error) {
          expect(error).toBeInstanceOf(WebGPUCNNError);
        }
      }),
      { numRuns: sampled(900) },
    );
    model.dispose();
  });
});

function isReplacement(given: unknown): given is { readonly path: readonly string[]; readonly value: unknown } {
  return typeof given === "object" && given !== null && "path" in given && Array.isArray(given.path);
}

/** A copy with another value at a path, as JSON gives it: a name such as "__proto__" is one like the others. */
function withValue(whole: object, [name = "", ...rest]: readonly string[], value: unknown): unknown {
  const entries = Object.entries(whole).filter(([key]) => key !== name);
  const present: unknown = Object.getOwnPropertyDescriptor(whole, name)?.value;
  const inner = rest.length > 0 ? withValue(Object(present ?? {}), rest, value) : value;
  if (!Array.isArray(whole)) return Object.fromEntries([...entries, [name, inner]]);
  return whole.map((entry: unknown, i) => (String(i) === name ? inner : entry));
}

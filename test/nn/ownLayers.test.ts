import { describe, expect, test } from "vitest";
import { createBackend, mul, OptionError, type Tensor, type Variable } from "webgpu-cnn";
import {
  BatchNormalization,
  type BuildScope,
  Conv2D,
  constant,
  Dense,
  type ExampleShape,
  Flatten,
  Layer,
  type LayerConfig,
  type LayerOptions,
  loadModel,
  MaxPooling2D,
  Sequential,
} from "webgpu-cnn/nn";
import { BUILT_IN_LAYERS } from "../../src/nn/files/builtInLayers.js";
import { describeOnEachBackend } from "../support/backends.js";
import { wrong } from "../support/refusals.js";
import { weightsOf } from "./support/bars.js";

class Scale extends Layer {
  readonly #start: number;
  #factor: Variable | undefined;

  constructor(options: LayerOptions & { start: number }) {
    super(options);
    this.#start = options.start;
  }

  override build(scope: BuildScope, inputShape: ExampleShape): void {
    this.#factor = scope.weight("factor", [inputShape.at(-1) ?? 1], constant(this.#start));
  }

  override call(x: Tensor): Tensor {
    if (!this.#factor) throw new Error("scale: called before it was built");
    return mul(x, this.#factor.value);
  }

  override config(): LayerConfig {
    return { start: this.#start };
  }
}

/** Changes what a built-in layer computes. */
class Doubling extends Dense {
  override call(x: Tensor): Tensor {
    return mul(super.call(x), x.backend.full([], 2));
  }
}

test.each(BUILT_IN_LAYERS)(
  "%s keeps its name in files, also if a minifier changes that of its class",
  (name, layerClass) => {
    expect(Object.hasOwn(layerClass, "layerName")).toBe(true);
    expect(Reflect.get(layerClass, "layerName")).toBe(name);
  },
);

describeOnEachBackend("layers of one's own", (backend) => {
  test("come back from a file with their options, also what extends a layer of this library", async () => {
    const layers = [
      new Scale({ start: 3, name: "first", trainable: false }),
      new Doubling({ units: 2 }),
      new Dense({ units: 2 }),
    ];
    const model = new Sequential(layers).build(backend(), { inputShape: [3], seed: 1 });
    expect(layers.map(({ className }) => className)).toEqual(["Scale", "Doubling", "Dense"]);
    expect([...model.weights.keys()][0]).toBe("first.factor");
    expect(model.trainableWeights.has("first.factor")).toBe(false);
    const file = await model.save();
    await expect(loadModel(file, backend())).rejects.toThrow('the classes "Scale", "Doubling"');
    const loaded = await loadModel(file, backend(), { layers: { Scale, Doubling } });
    expect(loaded.layers[1]).toBeInstanceOf(Doubling);
    const images = [[1, 2, 3]];
    expect((await loaded.predictAll({ images })).data).toEqual((await model.predictAll({ images })).data);
    const again = await loaded.save();
    expect(again.metadata).toEqual(file.metadata);
    expect(await weightsOf(loaded)).toEqual(await weightsOf(model));
    for (const each of [model, loaded]) each.dispose();
  });
});

describe("loadModel refuses in words", () => {
  /** A model of one layer, saved, and loaded with a class of the same name. */
  async function reloaded(layer: Layer, layerClass: new (options: never) => Layer) {
    const backend = await createBackend({ kind: "cpu" });
    const model = new Sequential([layer]).build(backend, { inputShape: [2] });
    try {
      return await loadModel(await model.save(), backend, { layers: { [layer.className]: layerClass } });
    } finally {
      model.dispose();
      expect(backend.memory().tensors).toBe(0);
      backend.destroy();
    }
  }

  abstract class Plain extends Layer {
    override call(x: Tensor): Tensor {
      return x;
    }
  }

  test("options that no config gives", async () => {
    class Optional extends Plain {
      constructor({ factor = 2, ...options }: LayerOptions & { factor?: number } = {}) {
        super(options);
        this.factor = factor;
      }
      readonly factor: number;
    }
    await expect(reloaded(new Optional({ factor: 3 }), Optional)).rejects.toThrow(
      'loadModel: the class Optional takes "factor", but has no config() that gives it, so the file does not hold it; write one',
    );
    class Required extends Plain {
      readonly start;
      constructor(options: { start: number }) {
        super();
        this.start = constant(options.start);
      }
    }
    await expect(reloaded(new Required({ start: 3 }), Required)).rejects.toThrow(
      "loadModel: the class Required cannot be made from its config {}: constant: value must be a number, got undefined; does its config() give the options of its constructor",
    );
  });

  test("a constructor whose arguments are no object of options", async () => {
    class Positional extends Plain {
      constructor(private readonly start: number) {
        super();
      }
      override build(scope: BuildScope): void {
        scope.weight("w", [1], () => Float32Array.of(this.start));
        if (typeof this.start !== "number") scope.backend.tensor(wrong(this.start));
      }
    }
    const refused = reloaded(new Positional(3), Positional);
    await expect(refused).rejects.toThrow(
      "the file has layers of your own (Positional): does config() give the options",
    );
    await expect(refused).rejects.toThrow(OptionError);
  });

  test("classes in a list, and a class without options is none of these", async () => {
    class Bare extends Plain {}
    class Passing extends Plain {
      constructor(options: LayerOptions = {}) {
        super(options);
      }
    }
    (await reloaded(new Bare(), Bare)).dispose();
    (await reloaded(new Passing({ name: "p" }), Passing)).dispose();
    (await reloaded(new Bare(false), Bare)).dispose();
    expect(() => new Bare(wrong({ trainable: 1 }))).toThrow("bare: trainable is 1, expected true or false");
    const backend = await createBackend({ kind: "cpu" });
    const file = await new Sequential([new Bare()]).build(backend, { inputShape: [1] }).save();
    await expect(loadModel(file, backend, { layers: wrong([Bare]) })).rejects.toThrow(
      "loadModel: layers is [a function], expected classes by name: { MyLayer }",
    );
    await expect(loadModel(file, backend, { layers: wrong({ Bare: new Bare() }) })).rejects.toThrow(
      "loadModel: layers.Bare is a Bare, expected the class, not an instance; give the class itself, without new: { MyLayer }",
    );
    await expect(loadModel(file, backend, { layers: wrong({ Bare: "Bare" }) })).rejects.toThrow(
      'loadModel: layers.Bare is "Bare", expected a class of layers; give the class itself',
    );
    backend.destroy();
  });
});

describe("loadWeights with names that differ", () => {
  const zeros = (...shape: number[]) => ({ shape, data: new Float32Array(shape.reduce((a, b) => a * b, 1)) });

  test("tells that a file is PyTorch's, and refuses a rename of nothing and a file of which nothing fits", async () => {
    const backend = await createBackend({ kind: "cpu" });
    const model = new Sequential([new Dense({ units: 2 })]).build(backend, { inputShape: [3] });
    const tensors = { "fc.weight": zeros(2, 3), "fc.bias": zeros(2) };
    const load = (options: object) => model.loadWeights({ tensors }, options);
    for (const strict of [true, false]) {
      expect(() => load({ strict })).toThrow("this looks like a file of PyTorch: use { pytorch: true }");
      expect(() => load({ strict, pytorch: true, rename: { fx: "dense" } })).toThrow(
        'loadWeights: rename has "fx", which is no name in the file, and no beginning of one up to a dot; did you mean "fc"?',
      );
    }
    expect(() => load({ strict: false, pytorch: true })).toThrow(
      'has "fc.weight", "fc.bias" that the model lacks; nothing would be loaded; rename them; by the shapes, it may be rename: { "fc": "dense" }',
    );
    expect(() => load({ rename: { fc: 3 } })).toThrow('loadWeights: rename has 3 for "fc", expected a name');
    const { loaded } = load({ strict: false, pytorch: true, rename: { fc: "dense" } });
    expect(loaded).toEqual(["dense.kernel", "dense.bias"]);
    expect(() => new Dense({ units: 1, name: "features.0" })).toThrow(
      'dense: name is "features.0", expected a text without dots; leave it out, and load weights of such names with model.loadWeights(file, { rename })',
    );
    backend.destroy();
  });

  test("tells the file's own names, and proposes a rename whose shapes fit", async () => {
    const backend = await createBackend({ kind: "cpu" });
    const model = new Sequential([
      new Conv2D({ filters: 3, kernelSize: 3 }),
      new BatchNormalization(),
      new MaxPooling2D(),
      new Flatten(),
      new Dense({ units: 4 }),
    ]).build(backend, { inputShape: [6, 6, 2] });
    const bn = { "bn.weight": zeros(3), "bn.bias": zeros(3), "bn.running_mean": zeros(3), "bn.running_var": zeros(3) };
    const tensors = {
      ...bn,
      "bn.num_batches_tracked": { shape: [], data: BigInt64Array.of(1n) },
      "conv1.weight": zeros(3, 2, 3, 3),
      "conv1.bias": zeros(3),
      "fc.weight": zeros(4, 12),
      "fc.bias": zeros(4),
    };
    const load = (options: object) => model.loadWeights({ tensors }, { pytorch: true, ...options });
    expect(() => load({})).toThrow(
      'has "bn.weight", "bn.bias", "bn.running_mean", "bn.running_var" and 4 more that the model lacks; rename them, or use strict: false; by the shapes, it may be rename: { "bn": "batch_normalization", "conv1": "conv2d", "fc": "dense" }',
    );
    const rename = { bn: "batch_normalization", conv1: "conv2d", fc: "dense" };
    expect(load({ rename })).toMatchObject({ missing: [], unused: [] });
    expect(load({ strict: false, rename: { fc: "dense" } }).unused).toEqual([
      ...Object.keys(bn),
      "conv1.weight",
      "conv1.bias",
    ]);
    expect(() => load({ rename: { conv1: "dense", fc: "dense" } })).toThrow(
      'two tensors of the file have the name "dense.kernel"',
    );
    model.dispose();
    backend.destroy();
  });
});

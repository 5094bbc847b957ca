import { testGuide } from "../support/guide.js";

/** What the page says of `call`, `build` and the constructor. */
const RULES = `
  const [factor] = (await model.weights.get("scale.factor")?.read()) ?? [];
  const seen = look.predict(backend.full([1, 28, 28, 1], 0.5));
  expect(seen.shape.join(), "1,28,28,1");
  expect((await seen.read())[0], Math.fround(0.5 * (factor ?? 0)));

  await saveModel("net.safetensors", await model.save());
  const loaded = await loadModel(await loadFile("net.safetensors"), backend, { layers: { Scale } });
  expect((await loaded.weights.get("scale.factor")?.read())?.[0], factor);

  // 40 steps repeat a few recordings.
  const calls = { count: 0 };
  class Counted extends Layer {
    override call(x: Tensor) {
      calls.count += 1;
      return mul(x, x.backend.tensor(1));
    }
  }
  /** Keeps the value in build. */
  class Early extends Layer {
    #value: Tensor | undefined;
    override build(scope: BuildScope) {
      this.#value = scope.weight("early", [1], constant(2)).value;
    }
    override call(x: Tensor) {
      if (!this.#value) throw new Error("Early: call came before build");
      return mul(x, this.#value);
    }
  }
  const both = new Sequential([new Counted(), new Early(), new Scale(), new Flatten(), new Dense({ units: 10 })]);
  both.build(backend, { inputShape: [28, 28, 1], seed: 1 });
  both.compile({ optimizer: "adam", loss: "softmaxCrossEntropy" });
  const some = { images: images.data.subarray(0, 320 * 784), shape: [320, 28, 28, 1], labels: labels.data.subarray(0, 320) };
  await both.fit(some, { epochs: 4, batchSize: 32 });
  expect(both.stepsDone, 40);
  expectBetween(1, calls.count, 6);
  expect((await both.weights.get("early.early")?.read())?.[0], 2);
  expect((await both.weights.get("scale.factor")?.read())?.[0] === 1, false);

  class Forgetful extends Layer {
    constructor(readonly options: LayerOptions) {
      super();
    }
    override call(x: Tensor) {
      return x;
    }
  }
  const given = { name: "own", trainable: false };
  const [right, wrong] = [new Scale(given), new Forgetful(given)];
  expect([right.name, right.trainable, wrong.name, wrong.trainable].join(), "own,false,forgetful,true");
`;

testGuide("docs/guides/own-layer.md", {
  given: 'import { loadCheckpoint as loadFile, saveCheckpoint as saveModel } from "webgpu-cnn/io";',
  joined: ["What `call` may contain", "The ONNX form of your layer"],
  checks: {
    "What `call` may contain": RULES,
    "The ONNX form of your layer": "expect(file.length > 1000, true);",
    "A layer of layers": `
      expect(blocks.weights.size, 14);
      expect(blocks.predict(backend.zeros([2, 28, 28, 8])).shape.join(), "2,28,28,8");
    `,
    "Your own loss and metric": "expect(Object.keys(history.at(-1)?.metrics ?? {}).join(), 'accuracy,confidence');",
  },
});

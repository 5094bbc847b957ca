import { testGuide } from "../support/guide.js";

/** A file that ends in a dense layer and a softmax. */
const LETTERS = `
import { saveCheckpoint as saveLetters } from "webgpu-cnn/io";
import {
  Activation as Ending,
  BatchNormalization as Normalization,
  Conv2D as Convolution,
  Dense as Letters,
  Flatten as Flat,
  Sequential as Chain,
  SGD,
} from "webgpu-cnn/nn";
{
  const letters = new Chain([
    new Convolution({ filters: 4, kernelSize: 5, strides: 2, activation: "relu" }),
    new Normalization(),
    new Flat(),
    new Letters({ units: 26 }),
    new Ending("softmax"),
  ]).build(backend, { inputShape: [28, 28, 1], seed: 5 });
  await saveLetters("letters.safetensors", await letters.save());
}
`;

testGuide("docs/guides/transfer.md", {
  given: LETTERS,
  checks: {
    "The body of a model that you loaded": `
      const kinds = (layers: readonly { readonly kind: string }[]) => layers.map(({ kind }) => kind).join();
      expect(kinds(model.layers), "conv2d,batch_normalization,flatten,dense");
      expect([...model.trainableWeights.keys()].join(), "head.kernel,head.bias");
      expect(await kernel(), before);
      // Weight decay and moving statistics leave the frozen layers alone too.
      const all = async (names: readonly string[]) =>
        (await Promise.all(names.map(async (name) => (await model.weights.get(name)?.read())?.join()))).join(";");
      const frozen = [...model.weights.keys()].filter((name) => !name.startsWith("head."));
      expect(frozen.length, 6);
      const [first, head] = [await all(frozen), await all(["head.kernel"])];
      model.compile({ optimizer: new SGD({ learningRate: 0.01, weightDecay: 0.1 }), loss: "softmaxCrossEntropy" });
      await model.fit(train);
      expect(await all(frozen), first);
      expect((await all(["head.kernel"])) === head, false);
      // A name that is taken gets a number.
      const twice = new Sequential([...model.layers, new Dense({ units: 2, name: "head" })]);
      twice.build(backend, { inputShape: [28, 28, 1] });
      expect([...twice.weights.keys()].slice(-2).join(), "head_1.kernel,head_1.bias");
      // Without a living model, the layers lose their weights, and are drawn anew.
      twice.dispose();
      model.dispose();
      const late = new Sequential(body).build(backend, { inputShape: [28, 28, 1], seed: 7 });
      expect((await late.weights.get("conv2d.kernel")?.read())?.join() === before, false);
      late.dispose();
    `,
    "Compute the features once": `
      const [apart, whole] = [await head.predictAll({ images: data, shape }), await joined.predictAll(train)];
      expect(apart.data.join(), whole.data.join());
    `,
  },
});

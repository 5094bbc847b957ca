import { expect, test } from "vitest";
import { OptionError } from "webgpu-cnn";
import { Adam, Dense, Flatten, type LabelledImages, type LossName, Sequential } from "webgpu-cnn/nn";
import { describeOnEachBackend } from "../support/backends.js";
import { thrownBy, wrong } from "../support/refusals.js";
import { bars, smallModel, weightsOf } from "./support/bars.js";

describeOnEachBackend("the forms of data", (backend) => {
  const parts = (dataset: LabelledImages & ReturnType<typeof bars>, size: number): readonly LabelledImages[] =>
    Array.from({ length: Math.ceil(dataset.labels.length / size) }, (_, i) => {
      const labels = dataset.labels.slice(i * size, (i + 1) * size);
      const images = dataset.images.slice(i * size * 64, (i + 1) * size * 64);
      return { images, shape: [labels.length, 8, 8, 1], labels };
    });

  test("evaluate, predictAll and validation take streams too", async () => {
    const [train, other] = [bars(32, 1), bars(24, 2)];
    const [model, streamed] = [smallModel(backend()), smallModel(backend())];
    const batches = parts(other, 8);
    const options = { batchSize: 8, epochs: 2 };
    const history = await model.fit(train, { ...options, validationData: other });
    expect(await streamed.fit(train, { ...options, validationData: async () => batches })).toEqual(history);
    const judged = await model.evaluate(other, { batchSize: 8 });
    expect(await model.evaluate(batches.values())).toEqual(judged);
    expect(await model.evaluate(() => batches)).toEqual(judged);
    const predicted = await model.predictAll(other);
    async function* without() {
      for (const { labels, ...batch } of batches) yield batch;
    }
    expect(await model.predictAll(without())).toEqual(predicted);
    await expect(model.evaluate(() => [{ ...other, labels: other.labels.map(() => 7) }])).rejects.toThrow(
      "expected a class number from 0 to 1",
    );
    await expect(model.predictAll(wrong(() => 3))).rejects.toThrow("the dataset's function gave 3");
    for (const each of [model, streamed]) each.dispose();
  });

  test("class weights are a list, an object or a map, for streams too", async () => {
    const train = bars(16, 1);
    const losses: (readonly number[])[] = [];
    const map = new Map([
      [0, 0.5],
      [1, 2],
    ]);
    const given = [[0.5, 2], { 0: 0.5, 1: 2 }, map];
    for (const classWeight of given) {
      for (const dataset of classWeight === map ? [train, () => parts(train, 8)] : [train]) {
        const model = smallModel(backend());
        const order = typeof dataset === "function" ? {} : { batchSize: 8, shuffle: false };
        const history = await model.fit(dataset, { ...order, classWeight: wrong(classWeight) });
        losses.push(history.map(({ loss }) => loss));
        model.dispose();
      }
    }
    for (const loss of losses) expect(loss).toEqual(losses[0]);
  });

  test("labels that would make weights NaN are refused, with their index, before anything changes", async () => {
    const flat = (loss: LossName, units: number) =>
      new Sequential([new Flatten(), new Dense({ units })])
        .build(backend(), { inputShape: [2] })
        .compile({ optimizer: "sgd", loss });
    const cases: readonly (readonly [LossName, number, readonly number[], string])[] = [
      ["binaryCrossEntropy", 1, [0, 1, 2], "fit: dataset.labels[2] is 2, expected a probability from 0 to 1"],
      ["binaryCrossEntropy", 1, [0, -1, 1], "fit: dataset.labels[1] is -1, expected a probability from 0 to 1"],
      ["softmaxCrossEntropy", 2, [0, 1, 1, 0, Number.NaN, 0], "fit: dataset.labels[4] is NaN, expected a probability"],
      ["meanSquaredError", 1, [0.5, Number.NaN, 3], "fit: dataset.labels[1] is NaN, expected a finite number"],
      ["huber", 1, [0.5, 7, Number.POSITIVE_INFINITY], "fit: dataset.labels[2] is Infinity, expected a finite number"],
    ];
    for (const [loss, units, labels, message] of cases) {
      const model = flat(loss, units);
      const before = await weightsOf(model);
      expect(() => model.fit({ images: [1, 2, 3, 4, 5, 6], shape: [3, 2], labels })).toThrow(message);
      expect(await weightsOf(model)).toEqual(before);
      model.dispose();
    }
    const soft = flat("binaryCrossEntropy", 1);
    await soft.fit({ images: [1, 2, 3, 4], shape: [2, 2], labels: [0.25, 1] });
    soft.dispose();
  });

  test("a mistyped name is told, and what comes in another form too", () => {
    const model = smallModel(backend());
    const { images, shape, labels } = bars(8, 1);
    const told = (...given: readonly unknown[]) => {
      const error = thrownBy(() => model.fit(wrong(given[0]), wrong(given[1] ?? {})));
      expect(error).toBeInstanceOf(OptionError);
      return String(error);
    };
    expect(told({ images, shape, label: labels })).toContain('dataset has "label"; did you mean labels?');
    expect(told({ images, shape, labels, sampleWeights: labels })).toContain("did you mean sampleWeight?");
    expect(told({ x: images, y: labels })).toContain("dataset has x, y, expected { images, shape, labels }");
    expect(told(images, labels)).toContain("fit: dataset is Float32Array");
    expect(told(backend().zeros([1, 8, 8, 1]))).toContain("fit: dataset is a Tensor");
    expect(told({ images, shape, labels }, { earlyStopping: { monitor: "val_loss" }, validationSplit: 0.5 })).toContain(
      'did you mean "validation.loss"?',
    );
    expect(() => model.predict(wrong({ images, shape }))).toThrow("for a dataset, use predictAll");
    model.dispose();
  });

  test("images are mirrored with flip: true, and moved by pixels if shift is 1 or more", async () => {
    const train = bars(16, 1);
    const run = async (augment: object) => {
      const model = smallModel(backend());
      const history = await model.fit(train, { batchSize: 16, augment });
      model.dispose();
      return history;
    };
    expect(await run({ flip: true })).toEqual(await run({ flip: "horizontal" }));
    expect(await run({ flip: false, shift: 0 })).toEqual(await run({}));
    expect(await run({ shift: 2 })).toEqual(await run({ shift: 0.25 }));
  });

  test("an optimizer belongs to the model that it was compiled into, built or not", async () => {
    const optimizer = new Adam();
    const make = () => new Sequential([new Flatten(), new Dense({ units: 2 })]);
    const [first, second] = [make().compile({ optimizer, loss: "softmaxCrossEntropy" }), make()];
    expect(() => second.compile({ optimizer, loss: "softmaxCrossEntropy" })).toThrow("belongs to another model");
    first.compile({ optimizer: "sgd", loss: "softmaxCrossEntropy" });
    second.compile({ optimizer, loss: "softmaxCrossEntropy" });
    second.build(backend(), { inputShape: [8, 8, 1] });
    await second.fit(bars(8, 1));
    second.dispose();
    first.compile({ optimizer, loss: "softmaxCrossEntropy" });
    first.dispose();
  });
});

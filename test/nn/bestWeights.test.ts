import { expect, test } from "vitest";
import { Dense, Flatten, Sequential, SGD } from "webgpu-cnn/nn";
import { describeOnSampledBackends } from "../support/backends.js";
import { bars, reportsOf, smallModel, weightsOf } from "./support/bars.js";

const TRAIN = bars(24, 1);
const VALIDATION = bars(16, 2);
/** Another task with images of the same shape: the classes are exchanged. */
const exchanged = (data: typeof TRAIN) => ({ ...data, labels: data.labels.map((label) => 1 - label) });

describeOnSampledBackends("the best weights", 4, (backend) => {
  /** A model whose weights grow without bound, so each epoch after the first is worse. */
  const worsening = () =>
    new Sequential([new Flatten(), new Dense({ units: 2 })])
      .build(backend(), { inputShape: [8, 8, 1], seed: 1 })
      .compile({ optimizer: new SGD({ learningRate: 30 }), loss: "softmaxCrossEntropy" });
  const smallStart = () =>
    new Sequential([new Flatten(), new Dense({ units: 2, kernelInitializer: "zeros" })]).build(backend(), {
      inputShape: [8, 8, 1],
    });
  const losses = (history: readonly { readonly validation?: { readonly loss: number } | undefined }[]) =>
    history.map(({ validation }) => validation?.loss ?? Number.NaN);

  test("restoreBest gives the best weights even if the epochs end before the patience does", async () => {
    const options = { epochs: 5, validationData: VALIDATION, earlyStopping: { patience: 10, restoreBest: true } };
    const model = worsening();
    const history = await model.fit(TRAIN, options);
    expect(history).toHaveLength(5);
    const best = Math.min(...losses(history));
    expect(losses(history).at(-1)).toBeGreaterThan(best);
    expect((await model.evaluate(VALIDATION)).loss).toBe(best);
    const looped = worsening();
    await reportsOf(looped.fit(TRAIN, options));
    expect(await weightsOf(looped)).toEqual(await weightsOf(model));
    for (const each of [model, looped]) each.dispose();
  });

  test("fits that go on with the best weights of the last one are one fit, also through a file", async () => {
    const options = { validationData: VALIDATION, earlyStopping: { patience: 10, restoreBest: true } };
    const whole = worsening();
    const history = await whole.fit(TRAIN, { ...options, epochs: 4 });
    let parts = worsening();
    const entries = [];
    for (let i = 0; i < 4; i++) {
      entries.push(...(await parts.fit(TRAIN, options)));
      const file = await parts.checkpoint();
      parts.dispose();
      parts = worsening();
      parts.restore(file);
    }
    expect(entries).toEqual(history);
    expect(await weightsOf(parts)).toEqual(await weightsOf(whole));
    for (const each of [parts, whole]) each.dispose();
  });

  test("weights that were changed after a fit are not changed back by the next one", async () => {
    const options = { validationData: VALIDATION, earlyStopping: { patience: 10, restoreBest: true } };
    const [model, other] = [worsening(), worsening()];
    await model.fit(TRAIN, { ...options, epochs: 3 });
    const { tensors, metadata } = await model.checkpoint();
    const withoutLast = [...tensors].filter(([name]) => !name.startsWith("last.."));
    expect(withoutLast.length).toBeLessThan(tensors.size);
    other.restore({ tensors: new Map(withoutLast), metadata });
    const start = smallStart();
    const file = await start.save();
    start.dispose();
    for (const each of [model, other]) {
      each.loadWeights(file);
      await each.fit(TRAIN, options);
    }
    expect(await weightsOf(model)).toEqual(await weightsOf(other));
    for (const each of [model, other]) each.dispose();
  });

  test("a fit on other data compares with no result of the last one", async () => {
    const earlyStopping = { patience: 1, restoreBest: true };
    const model = smallModel(backend());
    await model.fit(TRAIN, { epochs: 6, batchSize: 8, validationData: VALIDATION, earlyStopping: { patience: 9 } });
    const validationData = exchanged(VALIDATION);
    const history = await model.fit(exchanged(TRAIN), { epochs: 3, batchSize: 8, validationData, earlyStopping });
    // The old task's loss is far smaller than that of the first epochs.
    expect(history.length).toBeGreaterThan(1);
    const { loss } = await model.evaluate(validationData, { batchSize: 8 });
    expect(loss).toBe(Math.min(...losses(history)));
    model.dispose();
  });

  test("an open epoch goes on with its own dataset only", async () => {
    const model = smallModel(backend());
    for await (const { step } of model.fit(TRAIN, { batchSize: 8 })) if (step === 1) break;
    const file = await model.checkpoint();
    const refusal = "fit: the dataset has other values than that of the epoch that is not finished";
    expect(() => model.fit(exchanged(TRAIN), { batchSize: 8 })).toThrow(refusal);
    const resumed = smallModel(backend());
    resumed.restore(file);
    expect(() => resumed.fit(bars(24, 3), { batchSize: 8 })).toThrow(refusal);
    // Equal values are the same dataset.
    await resumed.fit(bars(24, 1), { batchSize: 8 });
    expect(resumed.stepsDone).toBe(3);
    await model.fit(exchanged(TRAIN), { batchSize: 8, startEpoch: true });
    expect(model.stepsDone).toBe(4);
    for (const each of [model, resumed]) each.dispose();
  });
});

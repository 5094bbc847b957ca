import fc from "fast-check";
import { expect, test, vi } from "vitest";
import { type Backend, FileFormatError, mul, reduceMean, type Tensor } from "webgpu-cnn";
import {
  Adam,
  BatchNormalization,
  Conv2D,
  cosineDecay,
  Dense,
  type FitOptions,
  Flatten,
  type LabelledImages,
  Sequential,
  SGD,
} from "webgpu-cnn/nn";
import { describeOnSampledBackends } from "../support/backends.js";
import { sampled, sampledCases } from "../support/sampling.js";
import { bars, reportsOf, smallLayers, smallModel, weightsOf, withoutSpeed } from "./support/bars.js";

const TRAIN = bars(40, 1);
const STEPS = 4;

/** Everything at once. The learning rate depends on the epoch. */
const EVERYTHING = {
  ...{ batchSize: 8, validationSplit: 0.2, classWeight: { 0: 1, 1: 1.5 } },
  reduceOnPlateau: { monitor: "loss", patience: 1, minDelta: 0.05, factor: 0.5, cooldown: 1 },
  earlyStopping: { patience: 50, restoreBest: true },
  augment: { flip: "horizontal", shift: 0.1, rotate: 5, zoom: 0.1, brightness: 0.05 },
} as const satisfies FitOptions;

function everything(backend: Backend): Sequential {
  return new Sequential(smallLayers()).build(backend, { inputShape: [8, 8, 1], seed: 2 }).compile({
    optimizer: new Adam({ learningRate: (step) => cosineDecay(0.05, 5)(Math.floor(step / STEPS)), clipNorm: 1 }),
    loss: "softmaxCrossEntropy",
    metrics: ["accuracy"],
  });
}

/** Batches by a function of the epoch. */
async function* stream(epoch: number) {
  for (let i = 0; i < STEPS; i++) {
    const first = (i + epoch) % STEPS;
    yield {
      images: TRAIN.images.slice(first * 512, first * 512 + 512),
      shape: [8, 8, 8, 1],
      labels: TRAIN.labels.slice(first * 8, first * 8 + 8),
    };
  }
}

/** One value for each example. */
const meanOf = (y: Tensor) => reduceMean(y, { axes: [-1] });

/** How a training is given its data. */
const FORMS = {
  memory: (model: Sequential, epochs: number) => model.fit(TRAIN, { ...EVERYTHING, epochs }),
  stream: (model: Sequential, epochs: number) => {
    const { validationSplit, classWeight, batchSize, ...others } = EVERYTHING;
    return model.fit(stream, { ...others, epochs, validationData: TRAIN });
  },
} as const;

describeOnSampledBackends("the state of training", 0, (backend) => {
  test.each(sampledCases(["memory", "stream"] as const))(
    "three fits of one epoch are one of three, with everything on, from %s",
    async (form) => {
      const [whole, parts] = [everything(backend()), everything(backend())];
      const history = await FORMS[form](whole, 3);
      const entries = [];
      for (let i = 0; i < 3; i++) entries.push(...(await FORMS[form](parts, 1)));
      expect(entries).toEqual(history);
      expect(await weightsOf(parts)).toEqual(await weightsOf(whole));
      expect(await parts.checkpoint()).toEqual(await whole.checkpoint());
      for (const model of [whole, parts]) model.dispose();
    },
  );

  test("a run that stops at any steps, and goes on in another model, is one that never stopped", async () => {
    for (const form of sampledCases(["memory", "stream"] as const)) {
      const whole = everything(backend());
      const history = await FORMS[form](whole, 3);
      const expected = await whole.checkpoint();
      await fc.assert(
        fc.asyncProperty(fc.array(fc.integer({ min: 1, max: 8 }), { minLength: 1, maxLength: 3 }), async (stops) => {
          let model = everything(backend());
          for (const stop of stops) {
            let steps = 0;
            for await (const _ of FORMS[form](model, 3 - model.epochsDone)) if (++steps === stop) break;
            const file = await model.checkpoint();
            model.dispose();
            model = everything(backend());
            model.restore(file);
          }
          const rest = await FORMS[form](model, 3 - model.epochsDone);
          expect(rest).toEqual(history.slice(history.length - rest.length));
          expect(await model.checkpoint()).toEqual(expected);
          model.dispose();
        }),
        { numRuns: sampled(3) },
      );
      whole.dispose();
    }
  });

  test("a layer that is frozen in the loop is so from the next fit on", async () => {
    const make = () => {
      const norm = new BatchNormalization({ momentum: 0.5 });
      const inner = new Sequential([new Dense({ units: 4 }), new BatchNormalization({ momentum: 0.5 })]);
      const model = new Sequential([new Flatten(), new Dense({ units: 4 }), norm, inner, new Dense({ units: 2 })]);
      model.build(backend(), { inputShape: [8, 8, 1], seed: 1 });
      return { norm, inner, model: model.compile({ optimizer: "adam", loss: "softmaxCrossEntropy" }) };
    };
    // The last batch is smaller, so its step is recorded after the change.
    const options = { batchSize: 16 };
    const [changed, same] = [make(), make()];
    for await (const { step } of changed.model.fit(TRAIN, options)) {
      if (step === 1) [changed.norm.trainable, changed.inner.trainable] = [false, false];
    }
    await same.model.fit(TRAIN, options);
    const before = await weightsOf(changed.model);
    expect(before).toEqual(await weightsOf(same.model));
    await changed.model.fit(TRAIN, options);
    const after = await weightsOf(changed.model);
    for (const [name, values] of Object.entries(after)) {
      const isFrozen = /batch_normalization|^sequential/.test(name);
      expect([name, values.every((value, i) => value === before[name]?.[i])]).toEqual([name, isFrozen]);
    }
    for (const { model } of [changed, same]) model.dispose();
  });

  test("evaluations at once give what one gives, also during a fit", async () => {
    const model = smallModel(backend());
    const one = await model.evaluate(TRAIN, { batchSize: 6 });
    const all = await Promise.all([1, 2, 3].map(() => model.evaluate(TRAIN, { batchSize: 6 })));
    for (const each of all) expect(each).toEqual(one);
    const validation = { batchSize: 6, validationData: TRAIN, epochs: 2 };
    const alone = smallModel(backend());
    const history = await alone.fit(TRAIN, validation);
    let isDone = false;
    const others = async () => {
      while (!isDone) await model.evaluate(TRAIN, { batchSize: 6 });
    };
    const training = async () => {
      expect(await model.fit(TRAIN, validation)).toEqual(history);
      isDone = true;
    };
    await Promise.all([training(), others()]);
    for (const each of [model, alone]) each.dispose();
  });

  test("a checkpoint that a timer takes during a fit shows one step, and goes on with the same bits", async () => {
    const options = {
      epochs: 3,
      batchSize: 8,
      validationData: TRAIN,
      earlyStopping: { patience: 9, restoreBest: true },
    };
    const model = smallModel(backend());
    const files: Awaited<ReturnType<typeof model.checkpoint>>[] = [];
    let isDone = false;
    const save = async () => {
      while (!isDone) {
        files.push(await model.checkpoint());
        await new Promise((resolve) => setTimeout(resolve));
      }
    };
    const saving = save();
    const history = await model.fit(TRAIN, options);
    isDone = true;
    await saving;
    const expected = await model.checkpoint();
    const picked = files.filter((_, i) => i % Math.ceil(files.length / sampled(7)) === 0);
    for (const file of picked) {
      expect(file.metadata["step"]).toBe(String(file.tensors.get("step")?.data[0]));
      const resumed = smallModel(backend());
      resumed.restore(file);
      const rest = await resumed.fit(TRAIN, { ...options, epochs: 3 - resumed.epochsDone });
      expect(rest).toEqual(history.slice(history.length - rest.length));
      expect(await resumed.checkpoint()).toEqual(expected);
      resumed.dispose();
    }
    model.dispose();
  });

  test("a checkpoint that nobody waits for shows the step at which it was taken", async () => {
    const model = smallModel(backend());
    const files = [];
    for await (const { step } of model.fit(TRAIN, { batchSize: 8 })) files.push([step, model.checkpoint()] as const);
    for (const [step, file] of files) {
      const { metadata, tensors } = await file;
      expect([metadata["step"], tensors.get("step")?.data[0]]).toEqual([String(step), step]);
    }
    model.dispose();
  });
});

describeOnSampledBackends("what a fit says", 1, (backend) => {
  test("a fit that nobody awaits says so, once, and trains nothing", async () => {
    const warn = vi.spyOn(console, "warn").mockImplementation(() => {});
    try {
      const model = smallModel(backend());
      const first = model.fit(TRAIN);
      void model.fit(TRAIN);
      await new Promise((resolve) => setTimeout(resolve, 20));
      expect(warn.mock.calls.flat()).toEqual([expect.stringContaining("nothing is trained before it is awaited")]);
      expect(model.stepsDone).toBe(0);
      // It can still begin.
      expect(await first).toHaveLength(1);
      for await (const _ of model.fit(TRAIN)) break;
      await model.fit(TRAIN).then(() => {});
      await model.fit(TRAIN).return();
      expect(warn).toHaveBeenCalledTimes(1);
      model.dispose();
    } finally {
      warn.mockRestore();
    }
  });

  test("what happened between the call of fit and its beginning counts", async () => {
    const model = smallModel(backend());
    for await (const { step } of model.fit(TRAIN, { batchSize: 8 })) if (step === 2) break;
    const file = await model.checkpoint();
    await model.fit(TRAIN, { batchSize: 8 });
    const [later, other] = [model.fit(TRAIN, { batchSize: 8 }), model.fit(TRAIN, { batchSize: 4 })];
    model.restore(file);
    await expect(other.next()).rejects.toThrow("fit: batchSize is 4, expected 8 as in the epoch that is not finished");
    expect(await later).toHaveLength(1);
    expect([model.epochsDone, model.stepsDone]).toEqual([1, 5]);
    const [before, last] = [model.fit(TRAIN), model.fit(TRAIN)];
    model.compile({ optimizer: "sgd", loss: "softmaxCrossEntropy" });
    await expect(before.next()).rejects.toThrow("fit: the model was disposed of, or compiled again");
    model.dispose();
    await expect(last.next()).rejects.toThrow("fit: the model was disposed of, or compiled again");
  });

  test("an epoch without a step binds nobody to its order", async () => {
    const model = smallModel(backend());
    const signal = AbortSignal.abort(new Error("enough"));
    await expect(model.fit(TRAIN, { batchSize: 8, signal })).rejects.toThrow("enough");
    expect(await reportsOf(model.fit(TRAIN, { batchSize: 20 }))).toHaveLength(2);
    model.dispose();
  });

  test("a stream that ends before the batches that are done is refused", async () => {
    const model = smallModel(backend());
    for await (const { step } of model.fit(stream)) if (step === 3) break;
    const first: LabelledImages[] = [];
    for await (const batch of stream(0)) if (first.push(batch) === 2) break;
    await expect(model.fit(() => first)).rejects.toThrow("expected more than the 3 that are done");
    model.dispose();
  });

  test("an abort ends the evaluation of the validation data too", async () => {
    const model = smallModel(backend());
    const controller = new AbortController();
    let calls = 0;
    // The step of training is compiled and recorded, then that of evaluation.
    const metric = (y: Tensor) => {
      if (++calls === 3) controller.abort(new Error("enough"));
      return meanOf(y);
    };
    model.compile({ optimizer: "sgd", loss: "softmaxCrossEntropy", metrics: [metric] });
    const options = { batchSize: 20, validationData: TRAIN };
    await expect(model.fit(TRAIN, { ...options, signal: controller.signal })).rejects.toThrow("enough");
    expect([model.stepsDone, model.epochsDone]).toEqual([2, 0]);
    // The next fit begins with the validation.
    expect(await model.fit(TRAIN, options)).toHaveLength(1);
    expect([model.stepsDone, model.epochsDone]).toEqual([2, 1]);
    model.dispose();
  });
});

describeOnSampledBackends("early stopping", 2, (backend) => {
  const flat = () =>
    new Sequential([new Flatten(), new Dense({ units: 2 })])
      .build(backend(), { inputShape: [8, 8, 1], seed: 1 })
      .compile({ optimizer: new SGD({ learningRate: 0.1 }), loss: "softmaxCrossEntropy", metrics: ["accuracy"] });

  test("a checkpoint of the epoch in which training stopped does not train on", async () => {
    const options = { batchSize: 8, earlyStopping: { monitor: "loss", patience: 2, minDelta: 9, restoreBest: true } };
    const model = flat();
    const files = [];
    for await (const { epoch, step, steps } of model.fit(TRAIN, { ...options, epochs: 9 })) {
      if (step === steps) files.push([epoch, await model.checkpoint()] as const);
    }
    expect(model.epochsDone).toBe(3);
    for (const [epoch, file] of files) {
      const resumed = flat();
      resumed.restore(file);
      expect(await resumed.fit(TRAIN, { ...options, epochs: 9 - epoch })).toHaveLength(3 - epoch);
      expect(await weightsOf(resumed)).toEqual(await weightsOf(model));
      // That fit has ended. Another one trains.
      expect(await resumed.fit(TRAIN, { ...options, epochs: 1 })).toHaveLength(1);
      resumed.dispose();
    }
    model.dispose();
  });

  test("results of one monitor are not compared with those of another", async () => {
    const model = flat();
    await model.fit(TRAIN, { earlyStopping: { monitor: "accuracy", patience: 1 }, batchSize: 8, epochs: 2 });
    // No loss is 9 larger than an accuracy. The first one is the best so far.
    const history = await model.fit(TRAIN, {
      ...{ batchSize: 8, epochs: 3 },
      earlyStopping: { monitor: "loss", mode: "max", minDelta: 9, patience: 2 },
    });
    expect(history).toHaveLength(3);
    model.dispose();
  });

  test("weights of a best epoch that were not kept are not expected", async () => {
    const model = flat();
    const earlyStopping = { monitor: "loss", minDelta: 9, patience: 2 } as const;
    await model.fit(TRAIN, { earlyStopping, batchSize: 8 });
    const reports = await reportsOf(
      model.fit(TRAIN, { earlyStopping: { ...earlyStopping, restoreBest: true }, epochs: 9 }),
    );
    expect(model.epochsDone).toBe(4);
    const best = await model.evaluate(TRAIN);
    expect(withoutSpeed(reports).at(-1)?.loss).toBeLessThan(best.loss);
    model.dispose();
  });

  test("a checkpoint keeps results that are no finite numbers", async () => {
    const images = TRAIN.images.map((value, i) => (i === 70 ? 1e30 : value));
    const [train, options] = [
      { ...TRAIN, images },
      { batchSize: 8, shuffle: false },
    ];
    const make = () => {
      // The squares overflow in the first batch alone. The weights stay as they are.
      const loss = (y: Tensor) => mul(meanOf(y), backend().full([], 0));
      const square = (y: Tensor) => meanOf(mul(y, y));
      return flat().compile({ optimizer: "sgd", loss, metrics: [square] });
    };
    const model = make();
    for await (const { step } of model.fit(train, options)) if (step === 2) break;
    const file = await model.checkpoint();
    const history = await model.fit(train, options);
    expect(history[0]?.metrics["square"]).toBe(Number.POSITIVE_INFINITY);
    const resumed = make();
    resumed.restore(file);
    expect(await resumed.fit(train, options)).toEqual(history);
    for (const each of [model, resumed]) each.dispose();
  });
});

describeOnSampledBackends("what restore takes", 3, (backend) => {
  test("a frozen layer whose name is the end of another's name", async () => {
    const make = () => {
      const frozen = new Conv2D({ filters: 1, kernelSize: 3, padding: "same", trainable: false });
      const inner = new Sequential([new Conv2D({ filters: 2, kernelSize: 3 })]);
      const model = new Sequential([frozen, inner, new Flatten(), new Dense({ units: 2 })]);
      model.build(backend(), { inputShape: [8, 8, 1], seed: 1 });
      return model.compile({ optimizer: "adam", loss: "softmaxCrossEntropy" });
    };
    const [model, resumed] = [make(), make()];
    await model.fit(TRAIN);
    const file = await model.checkpoint();
    resumed.restore(file);
    expect(await resumed.checkpoint()).toEqual(file);
    for (const each of [model, resumed]) each.dispose();
  });

  test("no progress that is damaged, and not a part of the best weights", async () => {
    const model = smallModel(backend());
    const options = { batchSize: 8, earlyStopping: { monitor: "loss", restoreBest: true, patience: 2 }, epochs: 2 };
    for await (const { epoch } of model.fit(TRAIN, options)) if (epoch === 2) break;
    const { tensors, metadata } = await model.checkpoint();
    const progress: unknown = JSON.parse(metadata["progress"] ?? "");
    const before = await model.checkpoint();
    const damaged = [
      { steps: "x" },
      { epochs: -1 },
      { open: {} },
      { open: 3 },
      { plateau: null },
      { earlyStopping: { best: "?" } },
    ];
    for (const damage of damaged) {
      const text = JSON.stringify({ ...Object(progress), ...damage });
      expect(() => model.restore({ tensors, metadata: { ...metadata, progress: text } }), text).toThrow(
        FileFormatError,
      );
    }
    const fewer = new Map([...tensors].filter(([name]) => name !== "best..dense.bias"));
    expect(fewer.size).toBe(tensors.size - 1);
    expect(() => model.restore({ tensors: fewer, metadata })).toThrow("restore: the checkpoint lacks best..dense.bias");
    expect(await model.checkpoint()).toEqual(before);
    model.restore({ tensors, metadata });
    model.dispose();
  });
});

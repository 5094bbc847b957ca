import { expect, test } from "vitest";
import { createBackend } from "webgpu-cnn";
import { decodeSafetensors, encodeSafetensors } from "webgpu-cnn/io";
import { Adam, Conv2D, cosineDecay, Dense, type FitOptions, Flatten, Sequential, SGD } from "webgpu-cnn/nn";
import { describeOnSampledBackends } from "../support/backends.js";
import { counting, requestDevice } from "../support/device.js";
import { sampled } from "../support/sampling.js";
import { bars, reportsOf, smallModel, weightsOf, withoutSpeed } from "./support/bars.js";

/** Everything that a training depends on. */
const OPTIONS = {
  batchSize: 16,
  validationData: bars(30, 9),
  earlyStopping: { patience: 50, restoreBest: true },
  reduceOnPlateau: { patience: 1, factor: 0.5 },
  augment: { flip: "horizontal", shift: 0.1, rotate: 5, zoom: 0.1, brightness: 0.05 },
} as const satisfies FitOptions;

describeOnSampledBackends("fit", 0, (backend) => {
  test("learns, and tells how it goes", async () => {
    const model = smallModel(backend());
    const optimizer = new Adam({ learningRate: 0.02 });
    model.compile({ optimizer, loss: "softmaxCrossEntropy", metrics: ["accuracy"] });
    const reports = await reportsOf(model.fit(bars(160, 1), { epochs: 6, batchSize: 16 }));
    expect(reports).toHaveLength(60);
    expect(reports[0]).toMatchObject({ epoch: 1, epochs: 6, step: 1, steps: 10 });
    expect(reports.at(-1)).toMatchObject({ epoch: 6, step: 10 });
    expect([model.epochsDone, model.stepsDone]).toEqual([6, 60]);
    const { loss, metrics } = await model.evaluate(bars(100, 2), { batchSize: 30 });
    expect(metrics["accuracy"]).toBeGreaterThan(0.9);
    expect(loss).toBeLessThan(reports[0]?.loss ?? 0);
    model.dispose();
  });

  test("three fits of one epoch are one fit of three, and a loop is a promise", async () => {
    const train = bars(72, 1);
    const whole = smallModel(backend());
    const history = await whole.fit(train, { ...OPTIONS, epochs: 3 });
    expect(history).toHaveLength(3);
    const parts = smallModel(backend());
    const entries = [];
    for (let i = 0; i < 3; i++) entries.push(...(await parts.fit(train, OPTIONS)));
    expect(entries).toEqual(history);
    expect(await weightsOf(parts)).toEqual(await weightsOf(whole));
    const looped = smallModel(backend());
    const reports = await reportsOf(looped.fit(train, { ...OPTIONS, epochs: 3, reportEvery: 3 }));
    expect(reports.map(({ epoch, step }) => [epoch, step])).toEqual(
      [1, 2, 3].flatMap((e) => [
        [e, 3],
        [e, 5],
      ]),
    );
    expect(reports.filter(({ step }) => step === 5).map(({ validation }) => validation)).toEqual(
      history.map(({ validation }) => validation),
    );
    expect(await weightsOf(looped)).toEqual(await weightsOf(whole));
    for (const model of [whole, parts, looped]) model.dispose();
  });

  test.each([5, 8])("a run that is left after step %i and resumed from a file gives the same bits", async (left) => {
    const train = bars(72, 1);
    const whole = smallModel(backend());
    const history = await whole.fit(train, { ...OPTIONS, epochs: 3 });
    const stopped = smallModel(backend());
    let steps = 0;
    for await (const _ of stopped.fit(train, { ...OPTIONS, epochs: 3 })) if (++steps === left) break;
    expect(stopped.stepsDone).toBe(left);
    const file = decodeSafetensors(encodeSafetensors(await stopped.checkpoint()));
    expect(file.metadata["step"]).toBe(String(left));
    const resumed = smallModel(backend(), 1);
    resumed.restore(file);
    const rest = await resumed.fit(train, { ...OPTIONS, epochs: 3 - resumed.epochsDone });
    expect(rest).toEqual(history.slice(history.length - rest.length));
    expect(await weightsOf(resumed)).toEqual(await weightsOf(whole));
    // The model that was left goes on too.
    await stopped.fit(train, { ...OPTIONS, epochs: 3 - stopped.epochsDone });
    expect(await weightsOf(stopped)).toEqual(await weightsOf(whole));
    for (const model of [whole, stopped, resumed]) model.dispose();
  });

  test("inside the loop the model is as the report says", async () => {
    const train = bars(48, 1);
    const kept: (readonly number[] | undefined)[] = [];
    const model = smallModel(backend());
    for await (const { step } of model.fit(train, { batchSize: 16 })) {
      const file = await model.checkpoint();
      expect(file.metadata["step"]).toBe(String(step));
      expect([...(file.tensors.get("step")?.data ?? [])]).toEqual([step]);
      kept.push([...(file.tensors.get("dense.kernel")?.data ?? [])]);
    }
    const again = smallModel(backend());
    let at = 0;
    for await (const _ of again.fit(train, { batchSize: 16 })) {
      expect((await weightsOf(again))["dense.kernel"]).toEqual(kept[at++]);
    }
    for (const each of [model, again]) each.dispose();
  });

  test("an open epoch goes on with the same batches only, or begins anew", async () => {
    const train = bars(64, 1);
    const model = smallModel(backend());
    for await (const { step } of model.fit(train, { batchSize: 16 })) if (step === 2) break;
    expect(() => model.fit(train, { batchSize: 8 })).toThrow(
      "fit: batchSize is 8, expected 16 as in the epoch that is not finished; startEpoch: true begins it anew",
    );
    expect(() => model.fit(bars(32, 1), { batchSize: 16 })).toThrow("fit: examples is 32, expected 64");
    expect(() => model.fit(train, { batchSize: 16, validationSplit: 0.25 })).toThrow(
      "fit: examples is 48 (without those of validationSplit: 0.25), expected 64 as in the epoch that is not finished; give the same dataset and the same validationSplit, or none as then; startEpoch: true begins it anew",
    );
    const reports = await reportsOf(model.fit(train, { batchSize: 8, startEpoch: true }));
    expect(reports.map(({ epoch, step }) => [epoch, step]).slice(0, 2)).toEqual([
      [1, 1],
      [1, 2],
    ]);
    expect(model.epochsDone).toBe(1);
    model.dispose();
  });

  test("only one fit of a model runs at once, and nothing is compiled meanwhile", async () => {
    const model = smallModel(backend());
    const train = bars(48, 1);
    for await (const _ of model.fit(train, { batchSize: 16 })) {
      expect(() => model.fit(train)).toThrow("fit: another fit of this model runs");
      expect(() => model.compile({ optimizer: "sgd", loss: "softmaxCrossEntropy" })).toThrow(
        "a fit of this model runs",
      );
      expect(() => model.restore({ tensors: {} })).toThrow("a fit of this model runs");
    }
    await model.fit(train);
    model.dispose();
  });

  test("an optimizer belongs to one model", async () => {
    const optimizer = new Adam();
    const [a, b] = [smallModel(backend()), smallModel(backend())];
    a.compile({ optimizer, loss: "softmaxCrossEntropy" });
    expect(() => b.compile({ optimizer, loss: "softmaxCrossEntropy" })).toThrow("belongs to another model");
    expect(() => optimizer.build(backend(), new Map())).toThrow("belongs to a model");
    await b.fit(bars(16, 1));
    a.dispose();
    b.compile({ optimizer, loss: "softmaxCrossEntropy" });
    await b.fit(bars(16, 1));
    b.dispose();
  });

  test("stops before the next step when the signal says so, and can go on", async () => {
    const model = smallModel(backend());
    const controller = new AbortController();
    const run = async () => {
      for await (const { step } of model.fit(bars(64, 1), { batchSize: 8, signal: controller.signal })) {
        if (step === 3) controller.abort(new Error("enough"));
      }
    };
    await expect(run()).rejects.toThrow("enough");
    expect(model.stepsDone).toBe(3);
    await model.fit(bars(64, 1), { batchSize: 8 });
    expect([model.stepsDone, model.epochsDone]).toEqual([8, 1]);
    model.dispose();
  });

  test("stops early, with the best weights", async () => {
    const model = smallModel(backend());
    model.compile({ optimizer: new SGD({ learningRate: 30 }), loss: "softmaxCrossEntropy", metrics: ["accuracy"] });
    const data = bars(32, 1);
    const evaluated = bars(32, 2);
    const history = await model.fit(data, {
      ...{ epochs: 50, batchSize: 16, validationData: evaluated },
      earlyStopping: { monitor: "validation.loss", patience: 3, restoreBest: true },
    });
    expect(history.length).toBeLessThan(50);
    const losses = history.map(({ validation }) => validation?.loss ?? Number.NaN);
    expect(losses.indexOf(Math.min(...losses))).toBe(history.length - 4);
    expect((await model.evaluate(evaluated, { batchSize: 16 })).loss).toBe(Math.min(...losses));
    expect(() => model.fit(data, { earlyStopping: { monitor: "accurcy" } })).toThrow('did you mean "accuracy"?');
    model.dispose();
  });

  test("reduces the learning rate on a plateau, as SGD would with that rate", async () => {
    const [train, options] = [bars(32, 1), { batchSize: 16, shuffle: false } as const];
    const flat = () => {
      const model = new Sequential([new Flatten(), new Dense({ units: 2, kernelInitializer: "zeros" })]);
      return model.build(backend(), { inputShape: [8, 8, 1] });
    };
    // Each epoch is worse than infinitely good, so it reduces after the second epoch and the third.
    const model = flat().compile({ optimizer: new SGD({ learningRate: 0.5 }), loss: "softmaxCrossEntropy" });
    await model.fit(train, {
      ...options,
      epochs: 3,
      reduceOnPlateau: { monitor: "loss", patience: 1, factor: 0.5, minDelta: 100 },
    });
    const other = flat().compile({
      optimizer: new SGD({ learningRate: (step) => (step < 4 ? 0.5 : 0.25) }),
      loss: "softmaxCrossEntropy",
    });
    await other.fit(train, { ...options, epochs: 3 });
    expect(await weightsOf(model)).toEqual(await weightsOf(other));
    for (const each of [model, other]) each.dispose();
  });

  test("the seed decides everything", async () => {
    const run = async (seed: number) => {
      const model = smallModel(backend(), seed);
      const reports = withoutSpeed(await reportsOf(model.fit(bars(48, 1), { epochs: 2, batchSize: 16 })));
      model.dispose();
      return reports;
    };
    const first = await run(1);
    expect(await run(1)).toEqual(first);
    expect(await run(2)).not.toEqual(first);
  });

  test("an image that is predicted is of its own extents, and a step is recorded for each", async () => {
    const model = new Sequential([new Conv2D({ filters: 2, kernelSize: 3, padding: "same" })]);
    model.build(backend(), { inputShape: [null, null, 1] });
    model.compile({ optimizer: new SGD({ learningRate: cosineDecay(0.1, 10) }), loss: "meanSquaredError" });
    for (const side of [4, 6, 4]) {
      const images = new Float32Array(2 * side * side).fill(1);
      await model.fit({ images, shape: [2, side, side, 1], labels: new Float32Array(4 * side * side) });
    }
    expect(model.stepsDone).toBe(3);
    model.dispose();
  });
});

test("after the first step of training nothing is allocated, and thousands of steps leave memory as it was", async () => {
  const { device, made } = counting(await requestDevice());
  const backend = await createBackend({ device });
  const model = new Sequential([new Flatten(), new Dense({ units: 2 })])
    .build(backend, { inputShape: [8, 8, 1] })
    .compile({ optimizer: "adam", loss: "softmaxCrossEntropy" });
  const counts: number[] = [];
  let memory = backend.memory();
  let steps = 0;
  const epochs = sampled(500);
  for await (const _ of model.fit(bars(16, 1), { epochs, batchSize: 4 })) {
    // Reading back has two buffers that take turns.
    if (++steps === 4) memory = backend.memory();
    if (steps >= 4) counts.push(made());
  }
  expect(steps).toBe(4 * epochs);
  expect(new Set(counts).size).toBe(1);
  expect(backend.memory()).toMatchObject({ liveBytes: memory.liveBytes, pooledBytes: memory.pooledBytes });
  backend.destroy();
}, 240_000);

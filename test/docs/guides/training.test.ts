import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Backend, createBackend } from "webgpu-cnn";
import { decodeSafetensors, encodeSafetensors } from "webgpu-cnn/io";
import { Adam, Dense, type LossName, Sequential } from "webgpu-cnn/nn";
import { existing } from "../../../src/core/objects.js";
import { testGuide } from "../support/guide.js";

testGuide("docs/guides/training.md", {
  checks: {
    compile: "expect(model.stepsDone, 8);",
    fit: "expect(model.epochsDone, 4 + stopped.length);",
    "Evaluate and predict": "expect(shape.join(), '100,10');",
    "Resume after a crash": `
      const whole = makeModel();
      await whole.fit(train, { epochs: 5, batchSize: 64 });
      const bitsOf = async (model: Sequential) => (await model.weights.get("dense.kernel")?.read())?.join();
      expect(await bitsOf(resumed), await bitsOf(whole));
      expect(resumed.stepsDone, 40);
    `,
  },
});

/** What the page and the one about determinism say in words. */
describe("said in words", () => {
  const images = Array.from({ length: 100 }, (_, i) => [Math.floor(i / 10) / 10, (i % 10) / 10]);
  const data = { images, labels: images.map(([x = 0, y = 0]) => (x * y > 0.2 ? 1 : 0)) };
  // No result is better by 1, so training stops after the third epoch.
  const options = { batchSize: 10, earlyStopping: { monitor: "loss", minDelta: 1, patience: 2 } };

  let backend: Backend;
  beforeAll(async () => {
    backend = await createBackend({ kind: "wasm" });
  });
  afterAll(() => backend.destroy());

  function makeModel(learningRate = 0.001, loss: LossName = "softmaxCrossEntropy") {
    const model = new Sequential([new Dense({ units: 16, activation: "relu" }), new Dense({ units: 2 })]);
    model.build(backend, { inputShape: [2], seed: 1 });
    return model.compile({ optimizer: new Adam({ learningRate }), loss });
  }
  const fileOf = async (model: Sequential) => encodeSafetensors(await model.checkpoint());
  const epochsOf = async (model: Sequential, epochs: number) => (await model.fit(data, { ...options, epochs })).length;

  test("after an early stop, a further fit trains on and waits anew, also after a checkpoint from after the fit", async () => {
    const model = makeModel();
    expect(await epochsOf(model, 10)).toBe(3);
    const file = await fileOf(model);
    expect(await epochsOf(model, 10 - model.epochsDone)).toBe(3);
    const other = makeModel();
    other.restore(decodeSafetensors(file));
    expect(await epochsOf(other, 10 - other.epochsDone)).toBe(3);
  });

  test("a checkpoint from the last report of an early stop trains no epoch in the next fit, and trains on in the one after", async () => {
    const model = makeModel();
    const files: Uint8Array[] = [];
    for await (const _ of model.fit(data, { ...options, epochs: 10, reportEvery: 10 })) files.push(await fileOf(model));
    expect(files).toHaveLength(3);
    const other = makeModel();
    other.restore(decodeSafetensors(existing(files.at(-1))));
    expect(other.epochsDone).toBe(3);
    expect(await epochsOf(other, 7)).toBe(0);
    expect(await epochsOf(other, 2)).toBe(2);
  });

  test("fits of one epoch train on where one long fit stops early", async () => {
    const model = makeModel();
    for (let i = 0; i < 6; i++) expect(await epochsOf(model, 1)).toBe(1);
    expect(model.epochsDone).toBe(6);
  });

  test("the last step of each epoch reports", async () => {
    const reports: string[] = [];
    for await (const { epoch, step } of makeModel().fit(data, { batchSize: 10, epochs: 2, reportEvery: 7 })) {
      reports.push(`${epoch}.${step}`);
    }
    expect(reports).toEqual(["1.7", "1.10", "2.7", "2.10"]);
  });

  test("an open epoch needs the same validationSplit", async () => {
    const model = makeModel();
    for await (const { step } of model.fit(data, { batchSize: 10, validationSplit: 0.2 })) if (step === 2) break;
    expect(() => model.fit(data, { batchSize: 10, validationSplit: 0.5 })).toThrow(
      /examples is 50 \(without those of validationSplit: 0.5\), expected 80/,
    );
  });

  test("restore checks neither the learning rate nor the loss", async () => {
    const file = await fileOf(makeModel());
    expect(() => makeModel(0.1, "meanSquaredError").restore(decodeSafetensors(file))).not.toThrow();
  });
});

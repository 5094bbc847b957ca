import { expect } from "vitest";
import { type Backend, Tensor } from "webgpu-cnn";
import { decodeSafetensors, encodeSafetensors } from "webgpu-cnn/io";
import { kerasLayers } from "webgpu-cnn/keras";
import { type GraphTensors, loadModel, type Model, SGD } from "webgpu-cnn/nn";
import { existing } from "../../../src/core/objects.js";
import { inputsOf, ramp, relativeError, type StoredModel } from "./stored.js";

type LoadedModel = Model<GraphTensors>;

/** Checks what a model predicts, against Keras. */
export async function expectOutputs(backend: Backend, model: LoadedModel, stored: StoredModel): Promise<void> {
  const inputs = inputsOf(backend, stored);
  const predicted: unknown = model.predict(inputs);
  const outputs = predicted instanceof Tensor ? [predicted] : Object.values(Object(predicted));
  expect(outputs).toHaveLength(stored.outputs.length);
  for (const [i, { shape, data }] of stored.outputs.entries()) {
    const output: unknown = outputs[i];
    if (!(output instanceof Tensor)) throw new Error("not a tensor");
    expect(output.shape).toEqual(shape);
    expect(relativeError(await output.read(), data), `output ${i}`).toBeLessThan(1e-5);
    output.dispose();
  }
  for (const tensor of inputs) tensor.dispose();
}

/** Checks three steps of SGD against Keras's. */
export async function expectTraining(model: LoadedModel, { inputs, outputs, losses }: StoredModel): Promise<void> {
  const named = (names: readonly string[], shapes: readonly (readonly number[])[], seed: number) =>
    Object.fromEntries(
      names.map((name, i) => [name, { data: ramp(existing(shapes[i]), seed + i), shape: existing(shapes[i]) }]),
    );
  const shapes = outputs.map(({ shape }) => shape);
  const data = { inputs: named(model.inputNames, inputs, 0), targets: named(model.outputNames, shapes, 9) };
  const loss = Object.fromEntries(model.outputNames.map((name) => [name, "meanSquaredError"] as const));
  model.compile({ optimizer: new SGD({ learningRate: 0.01 }), loss: shapes.length > 1 ? loss : "meanSquaredError" });
  const history = await model.fit(data, { epochs: 3, batchSize: 2 });
  expect(
    relativeError(
      history.map((epoch) => epoch.loss),
      losses,
    ),
  ).toBeLessThan(1e-5);
}

/** Checks that a model comes back from its own file. */
export async function expectSaved(backend: Backend, model: LoadedModel, stored: StoredModel): Promise<void> {
  const file = decodeSafetensors(encodeSafetensors(await model.save()));
  const again = await loadModel<GraphTensors>(file, backend, { layers: kerasLayers });
  await expectOutputs(backend, again, stored);
  expect([...again.trainableWeights.keys()]).toEqual([...model.trainableWeights.keys()]);
  again.dispose();
}

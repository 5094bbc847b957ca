import { describe, expect, test } from "vitest";
import { type Backend, createBackend } from "webgpu-cnn";
import { loadOnnx } from "webgpu-cnn/onnx";
import { describeOnEachBackend } from "../../support/backends.js";
import { isFull, sampledCases } from "../../support/sampling.js";
import { outputsOf } from "../support/run.js";
import { CASES, type StoredCase } from "../support/storedCases.js";

/**
 * One case of how many runs on every backend. The others run on one: they compile kernels that other tests cover.
 * `npm run test:full` runs all cases on every backend.
 */
const ONE_IN = isFull ? 1 : 4;

const named = (cases: readonly StoredCase[]) => sampledCases(cases).map((each) => [each.name, each] as const);

describeOnEachBackend("Node tests of the onnx package", (backend) => {
  test.each(named(CASES.filter((_, i) => i % ONE_IN === 0)))("%s", (_, node) => check(backend(), node));
});

const others = named(CASES.filter((_, i) => i % ONE_IN !== 0));
if (others.length > 0) {
  describe("Other node tests of the onnx package", async () => {
    const backend = await createBackend({ kind: "cpu" });
    test.each(others)("%s", (_, node) => check(backend, node));
  });
}

async function check(backend: Backend, node: StoredCase): Promise<void> {
  const bytes = Uint8Array.from(atob(node.model), (letter) => letter.charCodeAt(0));
  const model = await loadOnnx(bytes, backend, { layout: "nchw" });
  const inputs = model.inputNames.map((name) => {
    const { shape, data } = node.inputs[name] ?? { shape: [], data: [] };
    return backend.tensor(data.map(Number), shape);
  });
  const outputs = outputsOf(model, inputs);
  for (const [output, [name, { shape, data }]] of Object.entries(node.outputs).entries()) {
    const tensor = outputs[output];
    expect(tensor?.shape, name).toEqual(shape);
    for (const [i, actual] of ((await tensor?.read()) ?? []).entries()) {
      const expected = Number(data[i]);
      const close = Math.abs(actual - expected) <= node.atol + node.rtol * Math.abs(expected);
      if (!close && !Object.is(actual, expected) && actual !== expected) {
        expect.fail(`${name}[${i}]: got ${actual}, expected ${expected}`);
      }
    }
  }
  for (const tensor of [...inputs, ...outputs]) tensor.dispose();
  model.dispose();
}

import { expect, test } from "vitest";
import { createBackend, ShapeError } from "webgpu-cnn";
import { Dense, Sequential } from "webgpu-cnn/nn";
import { setWeightSource } from "../../src/nn/weightSource.js";

test("a weight source gives a layer's first values instead of its initializers, and may refuse a shape", async () => {
  const backend = await createBackend({ kind: "cpu" });
  const asked: unknown[] = [];
  const never = () => {
    throw new Error("an initializer ran");
  };
  const layers = [new Dense({ units: 2, kernelInitializer: never }), new Dense({ units: 1 })] as const;
  setWeightSource(layers[0], (name, shape) => {
    asked.push([name, shape]);
    return new Float32Array(name === "kernel" ? 6 : 2).fill(asked.length);
  });
  const model = new Sequential(layers).build(backend, { inputShape: [3] });
  expect(asked).toEqual([
    ["kernel", [3, 2]],
    ["bias", [2]],
  ]);
  expect(await model.weights.get("dense.kernel")?.read()).toEqual(new Float32Array(6).fill(1));
  expect(await model.weights.get("dense.bias")?.read()).toEqual(new Float32Array(2).fill(2));
  const memory = backend.memory().tensors;
  const refused = new Dense({ units: 1 });
  setWeightSource(refused, () => {
    throw new ShapeError("other");
  });
  expect(() => new Sequential([new Dense({ units: 2 }), refused]).build(backend, { inputShape: [3] })).toThrow("other");
  expect(backend.memory().tensors).toBe(memory);
  model.dispose();
  backend.destroy();
});

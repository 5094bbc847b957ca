import { Tensor } from "webgpu-cnn";
import type { GraphTensors, Model } from "webgpu-cnn/nn";

/** The outputs of a model, in their order. */
export function outputsOf(model: Model<GraphTensors>, inputs: readonly Tensor[]): readonly Tensor[] {
  const computed: unknown = model.predict(inputs);
  const all: readonly unknown[] = computed instanceof Tensor ? [computed] : Object.values(Object(computed));
  return all.filter((tensor) => tensor instanceof Tensor);
}

import type { Tensor } from "../core/tensor.js";
import { leakyRelu } from "../ops/elementwise/leakyRelu.js";
import { relu } from "../ops/elementwise/relu.js";
import { sigmoid } from "../ops/elementwise/sigmoid.js";
import { tanh } from "../ops/elementwise/tanh.js";
import { softmax } from "../ops/loss/softmax.js";

/** What is applied to a layer's output. */
export type ActivationName = "none" | "relu" | "leakyRelu" | "sigmoid" | "tanh" | "softmax";

export const ACTIVATIONS: readonly ActivationName[] = ["none", "relu", "leakyRelu", "sigmoid", "tanh", "softmax"];

/** @param x float32 of any shape; the softmax is over the last axis */
export function activate(x: Tensor, activation: ActivationName): Tensor {
  switch (activation) {
    case "none":
      return x;
    case "relu":
      return relu(x);
    case "leakyRelu":
      return leakyRelu(x);
    case "sigmoid":
      return sigmoid(x);
    case "tanh":
      return tanh(x);
    case "softmax":
      return softmax(x);
  }
}

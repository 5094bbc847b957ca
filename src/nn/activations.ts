import type { OptionReader } from "../core/options.js";
import type { Tensor } from "../core/tensor.js";
import { elu } from "../ops/elementwise/elu.js";
import { gelu } from "../ops/elementwise/gelu.js";
import { hardSigmoid } from "../ops/elementwise/hardSigmoid.js";
import { hardSwish } from "../ops/elementwise/hardSwish.js";
import { leakyRelu } from "../ops/elementwise/leakyRelu.js";
import { relu } from "../ops/elementwise/relu.js";
import { relu6 } from "../ops/elementwise/relu6.js";
import { sigmoid } from "../ops/elementwise/sigmoid.js";
import { silu } from "../ops/elementwise/silu.js";
import { softplus } from "../ops/elementwise/softplus.js";
import { tanh } from "../ops/elementwise/tanh.js";
import { logSoftmax } from "../ops/loss/logSoftmax.js";
import { softmax } from "../ops/loss/softmax.js";
import { SYNONYMS } from "./synonyms.js";

export const ACTIVATIONS = [
  ...(["none", "relu", "leakyRelu", "relu6", "elu", "gelu", "silu", "softplus"] as const),
  ...(["sigmoid", "tanh", "hardSigmoid", "hardSwish", "softmax", "logSoftmax"] as const),
];

/**
 * The name of an activation: the function that a layer applies to its output. It is the operator of this name, with its
 * default options. "none" changes nothing. "softmax" and "logSoftmax" are taken over the last axis.
 *
 * @example
 * ```ts
 * const activation: ActivationName = "relu6";
 * const model = new Sequential([new Activation(activation)]).build(backend, { inputShape: [3] });
 * await model.predict(backend.tensor([[-1, 3, 9]])).read(); // [0, 3, 6]
 * ```
 */
export type ActivationName = (typeof ACTIVATIONS)[number];

const FUNCTIONS: Readonly<Record<ActivationName, (x: Tensor) => Tensor>> = {
  none: (x) => x,
  relu: (x) => relu(x),
  leakyRelu: (x) => leakyRelu(x),
  relu6: (x) => relu6(x),
  elu: (x) => elu(x),
  gelu: (x) => gelu(x),
  silu: (x) => silu(x),
  softplus: (x) => softplus(x),
  sigmoid: (x) => sigmoid(x),
  tanh: (x) => tanh(x),
  hardSigmoid: (x) => hardSigmoid(x),
  hardSwish: (x) => hardSwish(x),
  softmax: (x) => softmax(x),
  logSoftmax: (x) => logSoftmax(x),
};

/** The option `activation` of a layer. Required if there is no fallback. @throws OptionError */
export function readActivation(reader: OptionReader, fallback?: ActivationName): ActivationName {
  return reader.word("activation", ACTIVATIONS, fallback, SYNONYMS);
}

/** @param x float32 of any shape */
export function activate(x: Tensor, activation: ActivationName): Tensor {
  return FUNCTIONS[activation](x);
}

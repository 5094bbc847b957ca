import { show } from "../../core/errors.js";
import type { ActivationName } from "../../nn/activations.js";
import type { Layer } from "../../nn/layer.js";
import { Activation } from "../../nn/layers/activation.js";
import { MoreActivation, type MoreActivationName, ReLU } from "../layers/activations.js";
import type { ConfigReader } from "./configReader.js";

/** Keras's names of functions, and those of `Activation`. */
const PLAIN: ReadonlyMap<string, ActivationName> = new Map([
  ["linear", "none"],
  ["relu", "relu"],
  ["relu6", "relu6"],
  ["celu", "elu"],
  ["elu", "elu"],
  ["gelu", "gelu"],
  ["silu", "silu"],
  ["swish", "silu"],
  ["softplus", "softplus"],
  ["sigmoid", "sigmoid"],
  ["tanh", "tanh"],
  ["hard_silu", "hardSwish"],
  ["hard_swish", "hardSwish"],
  ["softmax", "softmax"],
  ["log_softmax", "logSoftmax"],
]);

const MORE: ReadonlyMap<string, MoreActivationName> = new Map([
  ["exponential", "exponential"],
  ["gelu_new", "geluTanh"],
  ["hard_tanh", "hardTanh"],
  ["log_sigmoid", "logSigmoid"],
  ["mish", "mish"],
  ["selu", "selu"],
  ["soft_shrink", "softShrink"],
  ["softsign", "softsign"],
  ["squareplus", "squareplus"],
  ["tanh_shrink", "tanhShrink"],
]);

/** A function after a layer. */
export interface AfterLayer {
  /** What the layer itself can do. */
  readonly fused: ActivationName;
  /** A layer that comes after it, if the layer cannot do it. */
  readonly layer: Layer | undefined;
}

const NONE: AfterLayer = { fused: "none", layer: undefined };

/** The activation that a layer's configuration names. */
export function readActivation(reader: ConfigReader, option = "activation"): AfterLayer {
  const place = reader.get(option);
  if (place.isNothing) return NONE;
  const name = place.isObject ? place.get("class_name").value : place.value;
  const known = typeof name === "string" ? activationNamed(name, reader) : undefined;
  if (known && !place.isObject) return known;
  reader.problem(`its ${option} ${show(name)} is not known`);
  return NONE;
}

function activationNamed(name: string, { layer, writer }: ConfigReader): AfterLayer | undefined {
  // Keras 2 and TensorFlow.js clip 0.2 x + 0.5, Keras 3 x / 6 + 0.5.
  if (name === "hard_sigmoid" && writer === "keras3") return { fused: "hardSigmoid", layer: undefined };
  const fused = PLAIN.get(name);
  if (fused) return { fused, layer: undefined };
  const after = { name: afterName(layer, name) };
  if (name === "leaky_relu") return { fused: "none", layer: new ReLU({ ...after, negativeSlope: 0.2 }) };
  const activation = name === "hard_sigmoid" ? "hardSigmoid2" : MORE.get(name);
  return activation && { fused: "none", layer: new MoreActivation({ ...after, activation }) };
}

/** The name of a layer that stands for a part of another. */
export function afterName(layer: string, part: string): string {
  return `${layer}_${part}`.replaceAll(".", "_");
}

/** The layer Activation, or another that has the function. */
export function activationLayer(reader: ConfigReader, name: string): Layer {
  const { fused, layer } = readActivation(reader);
  if (!layer) return new Activation({ activation: fused, name });
  layer.name = name;
  return layer;
}

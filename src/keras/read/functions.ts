import type { ActivationName } from "../../nn/activations.js";
import { Activation } from "../../nn/layers/activation.js";
import { Add, Multiply } from "../../nn/layers/merging.js";
import { Arithmetic, Divide, Maximum, Minimum, Subtract } from "../layers/merging.js";
import type { Conversion } from "./conversion.js";
import type { LayerDescription } from "./description.js";

/** Names of `keras.ops`, and of TensorFlow's functions, of two operands. */
const ARITHMETIC: ReadonlyMap<string, keyof typeof MERGING> = new Map<string, keyof typeof MERGING>([
  ...(["Add", "__operators__.add", "math.add"] as const).map((name) => [name, "add"] as const),
  ...(["Subtract", "math.subtract"] as const).map((name) => [name, "subtract"] as const),
  ...(["Multiply", "math.multiply"] as const).map((name) => [name, "multiply"] as const),
  ...(["Divide", "TrueDivide", "math.divide", "math.truediv"] as const).map((name) => [name, "divide"] as const),
]);

const MERGING = { add: Add, subtract: Subtract, multiply: Multiply, divide: Divide } as const;

/** Functions of `keras.ops` and of TensorFlow of one operand. */
const ACTIVATIONS: ReadonlyMap<string, ActivationName> = new Map([
  ["Relu", "relu"],
  ["nn.relu", "relu"],
  ["Relu6", "relu6"],
  ["nn.relu6", "relu6"],
  ["Sigmoid", "sigmoid"],
  ["math.sigmoid", "sigmoid"],
  ["Tanh", "tanh"],
  ["math.tanh", "tanh"],
  ["Silu", "silu"],
  ["nn.silu", "silu"],
  ["Softplus", "softplus"],
  ["HardSigmoid", "hardSigmoid"],
  ["HardSilu", "hardSwish"],
  ["HardSwish", "hardSwish"],
]);

/** `-x` */
const NEGATIVE: ReadonlySet<string> = new Set(["Negative", "math.negative"]);

/** A function that a model calls as a layer, such as `x * 0.5`. Undefined if it is not known. */
export function convertFunction(description: LayerDescription, name: string): Conversion | undefined {
  const { className, config, calls } = description;
  const named = className === "TFOpLambda" ? config.get("function").text() : className;
  const [call, ...others] = calls;
  if (!call || others.length > 0 || call.unknown.length > 0) return undefined;
  const [first, second, ...rest] = call.constants;
  const only = (layer: Conversion["layers"][number]): Conversion => ({ layers: [layer], weights: [] });
  const activation = ACTIVATIONS.get(named);
  if (activation)
    return first === null && second === undefined ? only(new Activation({ activation, name })) : undefined;
  if (NEGATIVE.has(named) && first === null && second === undefined) {
    return only(new Arithmetic({ name, operation: "multiply", constant: -1 }));
  }
  if (first === undefined || second === undefined || rest.length > 0) return undefined;
  const isOfTensors = first === null && second === null;
  if (named === "Maximum" && isOfTensors) return only(new Maximum({ name }));
  if (named === "Minimum" && isOfTensors) return only(new Minimum({ name }));
  const operation = ARITHMETIC.get(named);
  if (!operation) return undefined;
  if (isOfTensors) return only(new MERGING[operation]({ name }));
  const constant = first ?? second;
  if (constant === null || (first !== null && second !== null)) return undefined;
  return only(new Arithmetic({ name, operation, constant, constantFirst: first !== null }));
}

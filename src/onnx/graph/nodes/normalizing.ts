import { BatchNormalization, GroupNormalization, LayerNormalization } from "../../../nn/layers/normalizations.js";
import type { HostTensor } from "../../format/onnxFile.js";
import { hostTensor } from "../../host/arrays.js";
import { channelsLast, plainOrder } from "../../host/orders.js";
import { present } from "../../host/present.js";
import { weightOf } from "../emitter.js";
import { type NodeScope, Unsupported } from "../nodeScope.js";
import { constantIn, type Device, fixedExtent, isDevice, type Operand } from "../values.js";
import type { NodeKind } from "./nodeKind.js";

/** Inputs that all are constants, or undefined. */
function constants(scope: NodeScope, ...inputs: readonly number[]): readonly HostTensor[] | undefined {
  const found = inputs.map((i) => constantIn(scope.value(i))).filter((tensor) => tensor !== undefined);
  return found.length === inputs.length ? found : undefined;
}

function operandAt(scope: NodeScope, i: number, name: string): Operand {
  if (!scope.has(i)) return undefined;
  const value = scope.value(i);
  if (isDevice(value)) return scope.emitter.plain(value);
  const tensor = constantIn(value);
  return tensor ? weightOf(name, tensor) : value;
}

const batch: NodeKind = {
  attributes: ["epsilon", "momentum", "spatial", "training_mode", "is_test", "consumed_inputs"],
  lower(scope) {
    scope.expect("training_mode", 0, 0);
    scope.expect("spatial", 1, 1);
    // Before version 14 of ONNX, a node with the outputs of training is in training.
    if (scope.node.outputs.slice(1).some((output) => output !== "")) {
      throw new Unsupported("it has the further outputs of training; export the net as it is for inference");
    }
    const given = scope.device(0);
    const x = scope.inOrder(given, channelsLast(given.order.length));
    const epsilon = scope.attributes.number("epsilon", 1e-5);
    const momentum = scope.attributes.number("momentum", 0.9);
    const found = constants(scope, 1, 2, 3, 4);
    const result = { order: x.order, dtype: x.dtype };
    if (found && x.order.length > 1 && momentum >= 0 && momentum < 1) {
      const [gamma, beta, movingMean, movingVariance] = found.map((tensor) => ({ tensor, of: tensor }));
      const weights = { gamma, beta, movingMean, movingVariance };
      const known = Object.fromEntries(Object.entries(weights).map(([name, weight]) => [name, present(weight)]));
      const make = () => new BatchNormalization({ epsilon, momentum });
      return scope.layer(make, x, known, result, `${epsilon} ${momentum}`);
    }
    const operands = ["scale", "bias", "mean", "variance"].map((name, i) => operandAt(scope, i + 1, name));
    return scope.operator("BatchNormalization", [x, ...operands], { epsilon, axis: -1 }, result);
  },
};

const instance: NodeKind = {
  attributes: ["epsilon", "consumed_inputs"],
  lower(scope) {
    const given = scope.device(0);
    const x = scope.inOrder(given, channelsLast(given.order.length));
    const operands = [operandAt(scope, 1, "scale"), operandAt(scope, 2, "bias")];
    const epsilon = scope.attributes.number("epsilon", 1e-5);
    return scope.operator("InstanceNormalization", [x, ...operands], { epsilon }, { order: x.order, dtype: x.dtype });
  },
};

/** Version 18 of ONNX has a scale and a bias for each group, version 21 for each channel. */
const group: NodeKind = {
  attributes: ["epsilon", "num_groups", "stash_type"],
  lower(scope) {
    const given = scope.device(0);
    const x = scope.inOrder(given, channelsLast(given.order.length));
    const channels = fixedExtent(x, 1) ?? 1;
    const groups = scope.attributes.number("num_groups", 1);
    const epsilon = scope.attributes.number("epsilon", 1e-5);
    const result = { order: x.order, dtype: x.dtype };
    const found = constants(scope, 1, 2)?.map((of) => ({ of, tensor: forChannels(of, channels, groups, scope.opset) }));
    const [gamma, beta] = found ?? [];
    if (gamma && beta && x.order.length === 4) {
      return scope.layer(
        () => new GroupNormalization({ groups, epsilon }),
        x,
        { gamma, beta },
        result,
        `${groups} ${epsilon}`,
      );
    }
    if (!gamma || !beta) {
      if (scope.opset < 21) throw new Unsupported("its scale and bias are computed by the net, expected constants");
      const operands = [operandAt(scope, 1, "scale"), operandAt(scope, 2, "bias")];
      return scope.operator("GroupNormalization", [x, ...operands], { epsilon, num_groups: groups }, result);
    }
    const weights = [weightOf("scale", gamma.tensor, gamma.of), weightOf("bias", beta.tensor, beta.of)];
    return scope.operator("GroupNormalization", [x, ...weights], { epsilon, num_groups: groups }, result);
  },
};

function forChannels(tensor: HostTensor, channels: number, groups: number, opset: number): HostTensor {
  if (opset >= 21 || tensor.data.length !== groups) return tensor;
  return hostTensor(tensor.dtype, [channels], (i) => present(tensor.data[Math.floor((i * groups) / channels)]));
}

const layer: NodeKind = {
  attributes: ["axis", "epsilon", "stash_type"],
  lower(scope) {
    const x = scope.emitter.plain(scope.device(0));
    const rank = x.order.length;
    const axis = scope.axis(scope.attributes.number("axis", -1), rank);
    const epsilon = scope.attributes.number("epsilon", 1e-5);
    const [scale, bias] = [constantIn(scope.value(1)), scope.has(2) ? constantIn(scope.value(2)) : undefined];
    const features = fixedExtent(x, rank - 1);
    const simple = axis === rank - 1 && rank > 1 && scale?.data.length === features && scale?.shape.length === 1;
    if (simple && scale && scope.has(2) === (bias !== undefined)) {
      const weights = { gamma: { tensor: scale, of: scale }, ...(bias && { beta: { tensor: bias, of: bias } }) };
      const make = () => new LayerNormalization({ epsilon, center: bias !== undefined });
      const y = scope.layer(make, x, weights, { order: plainOrder(rank), dtype: x.dtype }, String(epsilon));
      return withStatistics(scope, x, axis, epsilon, y);
    }
    const operands = [operandAt(scope, 1, "scale"), operandAt(scope, 2, "bias")];
    const y = scope.operator("LayerNormalization", [x, ...operands], { axis, epsilon }, plainResult(x));
    return withStatistics(scope, x, axis, epsilon, y);
  },
};

/** The output, and if they are used the mean and 1 / √(variance + epsilon). */
function withStatistics(scope: NodeScope, x: Device, axis: number, epsilon: number, y: Device): readonly Device[] {
  if (!scope.used.slice(1).includes(true)) return [y];
  const over = { axes: plainOrder(x.order.length).slice(axis), keepdims: 1 };
  const result = plainResult(x);
  const mean = scope.operator("ReduceMean", [x], over, result);
  const squares = scope.operator("Square", [scope.operator("Sub", [x, mean], {}, result)], {}, result);
  const variance = scope.operator("ReduceMean", [squares], over, result);
  const sum = scope.operator("Add", [variance, { form: "number", value: epsilon }], {}, result);
  const root = scope.operator("Sqrt", [sum], {}, result);
  return [y, mean, scope.operator("Reciprocal", [root], {}, result)];
}

function plainResult(x: Device) {
  return { order: plainOrder(x.order.length), dtype: x.dtype };
}

export const NORMALIZING_NODES: Readonly<Record<string, NodeKind>> = {
  BatchNormalization: batch,
  GroupNormalization: group,
  InstanceNormalization: instance,
  LayerNormalization: layer,
};

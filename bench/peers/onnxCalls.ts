import type { HostTensor, Inputs } from "../operands.js";
import { placesOf } from "../parts.js";
import { type ConvolutionTask, outputShape, type PoolTask, type Task } from "../tasks.js";
import type { OnnxNode } from "./onnxModel.js";

/** A task as ONNX says it. */
export interface OnnxCall {
  readonly node: OnnxNode;
  /** The values of the node's input. */
  readonly input: Float32Array;
  /** The task's output, from the values of the node's. */
  outputOf(values: Float32Array): Float32Array;
}

const NCHW = [0, 3, 1, 2];
const NHWC = [0, 2, 3, 1];
const OIHW = [3, 2, 0, 1];

/**
 * The call for a task. Images and filters get ONNX's order of axes beforehand. Undefined if ONNX Runtime has no such operator: gradients of
 * filters and of pools, for example.
 */
export function onnxCall(task: Task, inputs: Inputs): OnnxCall | undefined {
  switch (task.operator) {
    case "conv2d":
    case "conv2dBackwardInput":
      return convolution(task, inputs);
    case "maxPool2d":
    case "averagePool2d":
      return pool(task, inputs);
    case "conv2dBackwardBias":
      return plain("ReduceSum", { keepdims: 0 }, [[0, 1, 2]], task, inputs.get("dy"));
    case "pad2d": {
      const { padding, mode } = task.options;
      const pads = [0, padding, padding, 0];
      return plain(
        "Pad",
        { mode: mode === "reflection" ? "reflect" : "constant" },
        [[...pads, ...pads]],
        task,
        inputs.get("x"),
      );
    }
    case "pad2dBackward": {
      const { padding, mode } = task.options;
      if (mode === "reflection") return undefined;
      const ends = [padding + task.x[1], padding + task.x[2]];
      return plain("Slice", {}, [[padding, padding], ends, [1, 2]], task, inputs.get("dy"));
    }
    case "transpose":
      return plain("Transpose", { perm: task.permutation }, [], task, inputs.get("x"));
    default:
      return undefined;
  }
}

function convolution(task: ConvolutionTask, inputs: Inputs): OnnxCall {
  const { strides = 1, padding = 0, dilations = 1, groups = 1 } = task.options;
  const [r, s] = task.w;
  const attributes = {
    kernel_shape: [r, s],
    strides: [strides, strides],
    pads: [padding, padding, padding, padding],
    dilations: [dilations, dilations],
    group: groups,
  };
  const w = transposed(inputs.get("w"), OIHW);
  if (task.operator === "conv2d") return ofImages("Conv", attributes, [w], task, inputs.get("x"));
  const dy = inputs.get("dy");
  // The rows and columns of x that the strides left over.
  const rest = (axis: number, size: number) =>
    (task.x[axis] ?? 0) - (((dy.shape[axis] ?? 0) - 1) * strides - 2 * padding + dilations * (size - 1) + 1);
  return ofImages("ConvTranspose", { ...attributes, output_padding: [rest(1, r), rest(2, s)] }, [w], task, dy);
}

function pool(task: PoolTask, inputs: Inputs): OnnxCall {
  const { windowDimensions, strides = windowDimensions, padding = 0 } = task.options;
  const attributes = {
    kernel_shape: [windowDimensions, windowDimensions],
    strides: [strides, strides],
    pads: [padding, padding, padding, padding],
  };
  return ofImages(task.operator === "maxPool2d" ? "MaxPool" : "AveragePool", attributes, [], task, inputs.get("x"));
}

/** A call whose input and output are images. */
function ofImages(
  operator: string,
  attributes: OnnxNode["attributes"],
  constants: readonly HostTensor[],
  task: Task,
  input: HostTensor,
): OnnxCall {
  const x = transposed(input, NCHW);
  const shape = outputShape(task);
  const yShape = NCHW.map((axis) => shape[axis] ?? 0);
  return {
    node: { operator, attributes, inputShape: x.shape, constants, outputShape: yShape },
    input: x.data,
    outputOf: (values) => transposed({ data: values, shape: yShape }, NHWC).data,
  };
}

/** A call that takes the axes as they are. */
function plain(
  operator: string,
  attributes: OnnxNode["attributes"],
  constants: readonly (readonly number[])[],
  task: Task,
  { data, shape }: HostTensor,
): OnnxCall {
  return {
    node: {
      operator,
      attributes,
      inputShape: shape,
      constants: constants.map((values) => ({ shape: [values.length], data: values })),
      outputShape: outputShape(task),
    },
    input: data,
    outputOf: (values) => values,
  };
}

/** Axis i of the result is axis `permutation[i]` of the tensor. */
function transposed({ data, shape }: HostTensor, permutation: readonly number[]): HostTensor {
  const places = placesOf(shape, new Map(), permutation);
  const values = new Float32Array(places.length);
  for (let i = 0; i < values.length; i++) values[i] = data[places[i] ?? 0] ?? Number.NaN;
  return { data: values, shape: permutation.map((axis) => shape[axis] ?? 0) };
}

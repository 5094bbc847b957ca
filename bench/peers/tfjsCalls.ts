import type { ConvolutionTask, PoolTask, Task } from "../tasks.js";

/** A call of one of TensorFlow.js's kernels. */
export interface KernelCall {
  readonly kernel: string;
  /** The names of its inputs, each with the name of the task's input. */
  readonly inputs: Readonly<Record<string, string>>;
  readonly attributes: object;
}

/** Inputs of a kernel that are not inputs of the task: the gradient of a maximum takes the forward's output. */
export const FORWARD_OUTPUT = "forward's output";

/** The kernel for this task; undefined if TensorFlow.js has none, or if the bench does not compare the operator. */
export function kernelCall(task: Task): KernelCall | undefined {
  switch (task.operator) {
    case "conv2d":
    case "conv2dBackwardInput":
    case "conv2dBackwardFilter":
    case "conv2dBackwardBias":
      return convolution(task);
    case "maxPool2d":
    case "maxPool2dBackward":
    case "averagePool2d":
    case "averagePool2dBackward":
      return pool(task);
    case "pad2d": {
      const { padding, mode } = task.options;
      const paddings = [
        [0, 0],
        [padding, padding],
        [padding, padding],
        [0, 0],
      ];
      return mode === "reflection"
        ? { kernel: "MirrorPad", inputs: { x: "x" }, attributes: { paddings, mode: "reflect" } }
        : { kernel: "PadV2", inputs: { x: "x" }, attributes: { paddings, constantValue: 0 } };
    }
    case "pad2dBackward": {
      // For a reflection it has only the forward, which is not the gradient.
      if (task.options.mode === "reflection") return undefined;
      const { padding } = task.options;
      return {
        kernel: "Slice",
        inputs: { x: "dy" },
        attributes: { begin: [0, padding, padding, 0], size: [...task.x] },
      };
    }
    case "transpose":
      return { kernel: "Transpose", inputs: { x: "x" }, attributes: { perm: [...task.permutation] } };
    case "other":
      return undefined;
  }
}

function convolution({ operator, x, w, options }: ConvolutionTask): KernelCall | undefined {
  const { strides = 1, padding = 0, dilations = 1, groups = 1 } = options;
  const isDepthwise = isDepthwiseFilter(w, groups);
  if (groups !== 1 && !isDepthwise) return undefined;
  if (dilations !== 1 && operator !== "conv2d") return undefined;
  const attributes = {
    strides: [strides, strides],
    pad: padding,
    dilations: [dilations, dilations],
    dataFormat: "NHWC",
    inputShape: [...x],
    filterShape: kernelFilterShape(w, groups),
  };
  switch (operator) {
    case "conv2d":
      return { kernel: isDepthwise ? "DepthwiseConv2dNative" : "Conv2D", inputs: { x: "x", filter: "w" }, attributes };
    case "conv2dBackwardInput":
      return {
        kernel: isDepthwise ? "DepthwiseConv2dNativeBackpropInput" : "Conv2DBackpropInput",
        inputs: { dy: "dy", filter: "w" },
        attributes,
      };
    case "conv2dBackwardFilter":
      return {
        kernel: isDepthwise ? "DepthwiseConv2dNativeBackpropFilter" : "Conv2DBackpropFilter",
        inputs: { x: "x", dy: "dy" },
        attributes,
      };
    case "conv2dBackwardBias":
      return { kernel: "Sum", inputs: { x: "dy" }, attributes: { axis: [0, 1, 2], keepDims: false } };
  }
}

/** There, the channels of a depthwise filter are an axis of their own, in the same order. */
export function kernelFilterShape(w: readonly number[], groups: number): number[] {
  const [r = 0, s = 0, , k = 0] = w;
  return groups !== 1 && isDepthwiseFilter(w, groups) ? [r, s, groups, k / groups] : [...w];
}

function isDepthwiseFilter([, , cPerGroup]: readonly number[], groups: number): boolean {
  return groups !== 1 && cPerGroup === 1;
}

function pool({ operator, options }: PoolTask): KernelCall {
  const { windowDimensions, strides = windowDimensions, padding = 0 } = options;
  const attributes = {
    filterSize: [windowDimensions, windowDimensions],
    strides: [strides, strides],
    pad: padding,
  };
  switch (operator) {
    case "maxPool2d":
      return { kernel: "MaxPool", inputs: { x: "x" }, attributes };
    case "averagePool2d":
      return { kernel: "AvgPool", inputs: { x: "x" }, attributes };
    case "maxPool2dBackward":
      return { kernel: "MaxPoolGrad", inputs: { dy: "dy", input: "x", output: FORWARD_OUTPUT }, attributes };
    case "averagePool2dBackward":
      return { kernel: "AvgPoolGrad", inputs: { dy: "dy", input: INPUT_LIKE }, attributes };
  }
}

/** A tensor of the forward's input shape. Only its shape is read. */
export const INPUT_LIKE = "like the forward's input";

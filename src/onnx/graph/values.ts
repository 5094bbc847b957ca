import type { Shape } from "../../core/shape.js";
import type { ElementTypeName } from "../../io/arrays.js";
import type { GraphTensor } from "../../nn/graph/graphTensor.js";
import type { Extents } from "../../nn/graph/trace.js";
import type { HostTensor } from "../format/onnxFile.js";
import { fileShape, type Order } from "../host/orders.js";
import type { HostValue } from "../host/program.js";

/** A tensor of the graph that is made. */
export interface Device {
  readonly form: "device";
  readonly tensor: GraphTensor;
  /** As it lies in memory. */
  readonly extents: Extents;
  readonly order: Order;
  /** That of the file. In memory all are float32. */
  readonly dtype: ElementTypeName;
  /** Set if this is [N, …] and its elements lie as those of an image, which lies in an order of its own: the image. */
  readonly flattened?: Device | undefined;
}

/** What a name in the file stands for. */
export type Value = Device | HostValue<Device>;

/** A constant that becomes a weight of a layer. */
export interface WeightOperand {
  readonly form: "weight";
  readonly name: string;
  readonly tensor: HostTensor;
  /** The constant of the file that it is made from. Layers that share it and all else are one layer. */
  readonly of: HostTensor;
  readonly trainable: boolean;
}

export interface NumberOperand {
  readonly form: "number";
  readonly value: number;
}

export type Operand = Value | WeightOperand | NumberOperand | undefined;

export function isDevice(value: Operand): value is Device {
  return value?.form === "device";
}

/** The array, if it is known when the file is loaded. */
export function constantIn(value: Value | undefined): HostTensor | undefined {
  return value?.form === "constant" ? value.tensor : undefined;
}

/** The shape in the file, in the first trial. */
export function trialShape({ extents, order }: Device): Shape {
  return fileShape(extents.trials[0] ?? [], order);
}

/** The extent of an axis of the file, if it is the same in all trials. */
export function fixedExtent({ extents, order }: Device, axis: number): number | undefined {
  const [first, ...others] = extents.trials.map((shape) => shape[order.indexOf(axis)]);
  return others.every((extent) => extent === first) ? first : undefined;
}

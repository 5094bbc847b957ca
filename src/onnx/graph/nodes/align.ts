import { permuted, reshaped } from "../../host/arrays.js";
import { isPlain, type Order } from "../../host/orders.js";
import { present } from "../../host/present.js";
import type { HostValue } from "../../host/program.js";
import { weightOf } from "../emitter.js";
import type { NodeScope } from "../nodeScope.js";
import { constantIn, type Device, isDevice, type Operand, trialShape, type Value } from "../values.js";

/** Operands that lie in memory in one order, so that NumPy's rule stretches them. */
interface Aligned {
  readonly operands: readonly Operand[];
  /** The largest tensor among them. It gives the order. */
  readonly leading: Device;
}

/** Brings values of different ranks and orders together. At least one is on the device. */
export function aligned(scope: NodeScope, values: readonly Value[]): Aligned {
  const rank = Math.max(...values.map((value) => rankOf(scope, value)));
  const devices = values.filter(isDevice);
  const size = (device: Device) => trialShape(device).reduce((a, b) => a * b, device.order.length === rank ? 2 : 1);
  const largest = devices.reduce((a, b) => (size(b) > size(a) ? b : a));
  const alone = values.every((value) => value === largest || constantIn(value)?.data.length === 1);
  const leading = raised(scope, largest.flattened && !alone ? scope.emitter.plain(largest) : largest, rank);
  const { order } = leading;
  const operands = values.map((value, i): Operand => {
    if (value === largest) return leading;
    if (isDevice(value)) {
      const plain = isPlain(order) && isPlain(value.order) && !value.flattened;
      return plain ? value : scope.inOrder(raised(scope, value, rank), order);
    }
    if (value.form === "constant") return alignedConstant(value.tensor, order, `value${i === 0 ? "0" : ""}`);
    return isPlain(order) ? value : alignedHost(value, rankOf(scope, value), order);
  });
  return { operands, leading };
}

function rankOf(scope: NodeScope, value: Value): number {
  return isDevice(value) ? value.order.length : present(scope.emitter.trials(value)[0]).shape.length;
}

/** A tensor with axes of extent 1 before its own. */
function raised(scope: NodeScope, value: Device, rank: number): Device {
  const missing = rank - value.order.length;
  if (missing === 0) return value;
  const whole = value.flattened ? scope.emitter.plain(value) : value;
  const added = Array.from({ length: missing }, (_, axis) => axis);
  const order = [...added, ...whole.order.map((axis) => axis + missing)];
  const sources = [...added.map(() => -1), ...whole.order.keys()];
  return scope.operator("Axes", [whole], { sources }, { order, dtype: value.dtype });
}

/** A constant as it must lie to fit a tensor of this order. */
function alignedConstant(tensor: NonNullable<ReturnType<typeof constantIn>>, order: Order, name: string): Operand {
  const { shape, data } = tensor;
  if (data.length === 1) return { form: "number", value: present(data[0]) };
  const ones = Array.from({ length: order.length - shape.length }, () => 1);
  const moved = permuted(reshaped(tensor, [...ones, ...shape]), order);
  const first = moved.shape.findIndex((extent) => extent !== 1);
  return weightOf(name, reshaped(moved, moved.shape.slice(first)), tensor);
}

function alignedHost(value: HostValue<Device>, rank: number, order: Order): HostValue<Device> {
  const axes = Array.from({ length: order.length - rank }, (_, axis) => axis);
  const whole: HostValue<Device> = { form: "operation", op: "Unsqueeze", inputs: [value], attributes: { axes } };
  return { form: "operation", op: "Transpose", inputs: [whole], attributes: { perm: [...order] } };
}

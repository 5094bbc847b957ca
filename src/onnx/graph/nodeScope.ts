import { FileFormatError, show } from "../../core/errors.js";
import type { ElementTypeName } from "../../io/arrays.js";
import type { Layer } from "../../nn/layer.js";
import type { HostTensor, OnnxNode } from "../format/onnxFile.js";
import { HostAttributes, type PlainAttributes, plainAttributes } from "../host/attributes.js";
import type { Order } from "../host/orders.js";
import { present } from "../host/present.js";
import type { Emitter, LayerWeights, Result } from "./emitter.js";
import { constantIn, type Device, isDevice, type Operand, type Value } from "./values.js";

/** A node that cannot be expressed. All of a file are listed in one error. */
export class Unsupported extends Error {}

/** One node of the file that becomes layers. */
export class NodeScope {
  readonly attributes: HostAttributes;
  #tookRelu = false;

  constructor(
    readonly node: OnnxNode,
    readonly opset: number,
    readonly emitter: Emitter,
    private readonly values: readonly (Value | undefined)[],
    readonly name: string,
    /** Whether this node and the Relu behind it are one layer. */
    readonly isFused: boolean,
    /** Which of its outputs something takes. */
    readonly used: readonly boolean[],
    /** The number of examples that the file fixes, if it is free here. */
    readonly fixedExamples: number | undefined,
  ) {
    this.attributes = new HostAttributes(plainAttributes(node.attributes));
  }

  get inputs(): readonly (Value | undefined)[] {
    return this.values;
  }

  /** Whether the layer that is made now is to apply the Relu behind this node too. Who asks and gets true applies it. */
  takeRelu(): boolean {
    this.#tookRelu = this.isFused;
    return this.isFused;
  }

  /** Whether a Relu behind this node is still to be applied. */
  get leavesRelu(): boolean {
    return this.isFused && this.node.op !== "Relu" && !this.#tookRelu;
  }

  /** An input. @throws FileFormatError if it is left out */
  value(i: number): Value {
    const found = this.values[i];
    if (found) return found;
    throw new FileFormatError(`loadOnnx: node ${this.node.label} (${this.node.op}) has no input ${i}`);
  }

  has(i: number): boolean {
    return this.values[i] !== undefined;
  }

  /** An input that must be on the device. Constants and host arithmetic are brought there. */
  device(i: number): Device {
    const value = this.value(i);
    return isDevice(value) ? value : this.emitter.device(value, this.name);
  }

  /** An input of host arithmetic, or undefined if it is left out. @throws Unsupported if it is on the device */
  host(i: number, what: string): Exclude<Value, Device> | undefined {
    const value = this.values[i];
    if (!isDevice(value)) return value;
    throw new Unsupported(`its ${what} is computed by the net, expected a constant or arithmetic of shapes`);
  }

  /** A constant input, or undefined if it is left out. @throws Unsupported if it is computed */
  constant(i: number, what: string): HostTensor | undefined {
    const value = this.values[i];
    if (!value) return undefined;
    const found = constantIn(value);
    if (found) return found;
    throw new Unsupported(`its ${what} is computed by the net, expected a constant`);
  }

  /** A list that is an attribute in old versions of ONNX and an input in new ones. */
  list(name: string, i: number): readonly number[] | undefined {
    const attribute = this.attributes.list(name);
    if (attribute) return attribute;
    const input = this.constant(i, name);
    return input && [...input.data];
  }

  /** An axis of a tensor, counted from the beginning. @throws FileFormatError */
  axis(given: number, rank: number): number {
    const axis = given < 0 ? given + rank : given;
    if (Number.isInteger(axis) && axis >= 0 && axis < rank) return axis;
    throw new FileFormatError(
      `loadOnnx: node ${this.node.label} (${this.node.op}): the axis ${given} is none of ${rank} axes`,
    );
  }

  operator(operator: string, operands: readonly Operand[], attributes: PlainAttributes, result: Result): Device {
    return this.emitter.operator(operator, this.name, operands, attributes, result);
  }

  /** A layer of `webgpu-cnn/nn`. */
  layer(make: () => Layer, input: Device, weights: LayerWeights, result: Result, description = ""): Device {
    return this.emitter.layer(make, this.name, [input], weights, result, `${this.node.op} ${description}`);
  }

  inOrder(value: Device, order: Order): Device {
    return this.emitter.inOrder(value, order);
  }

  /** @throws Unsupported if an attribute has another value than this reader can express */
  expect(name: string, value: number | string, fallback: number | string): void {
    const given = this.attributes.plain[name] ?? fallback;
    if (given !== value) throw new Unsupported(`its attribute ${name} is ${show(given)}, expected ${show(value)}`);
  }

  /** The element type of the first input. */
  get dtype(): ElementTypeName {
    const value = this.value(0);
    return isDevice(value) ? value.dtype : present(this.emitter.trials(value)[0]).dtype;
  }
}

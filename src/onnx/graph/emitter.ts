import type { Backend } from "../../core/backend.js";
import { ShapeError } from "../../core/errors.js";
import { sameShape } from "../../core/shape.js";
import type { ElementTypeName } from "../../io/arrays.js";
import type { Building } from "../../nn/buildScope.js";
import { GraphTensor } from "../../nn/graph/graphTensor.js";
import { BATCH } from "../../nn/graph/trace.js";
import { type Layer, partsOf } from "../../nn/layer.js";
import type { HostTensor } from "../format/onnxFile.js";
import type { PlainAttributes } from "../host/attributes.js";
import { type Order, plainOrder, sameOrder } from "../host/orders.js";
import { present } from "../host/present.js";
import { type HostValue, programOf, runProgram } from "../host/program.js";
import { OnnxOperator } from "../layers/onnxOperator.js";
import type { OperandSource, ShapeSource } from "../layers/operands.js";
import { type Device, isDevice, type Operand, type Value, type WeightOperand } from "./values.js";

/** A weight of a layer that is made: its values, and the constant of the file that they come from. */
export type LayerWeights = Readonly<Record<string, Pick<WeightOperand, "tensor" | "of">>>;

/** What is known of a layer's output. */
export interface Result {
  readonly order: Order;
  readonly dtype: ElementTypeName;
  readonly flattened?: Device | undefined;
}

/** Makes layers, builds them at once, and connects them. So the extents of each tensor are known as soon as it is made. */
export class Emitter {
  /** The number of examples in a trial, where it is free. */
  readonly examples = BATCH;
  /** Layers with weights, by all that they depend on besides the order in which the values of their weights lie. */
  readonly #shared = new Map<string, (readonly [layer: Layer, weights: LayerWeights])[]>();
  readonly #numbers = new Map<HostTensor, number>();
  /** Tensors with their axes moved, by the tensor and the permutation. */
  readonly #moved = new Map<GraphTensor, Map<string, Device>>();

  constructor(
    readonly backend: Backend,
    private readonly building: Building,
    /** An input of the graph. Layers without an input take it. */
    private readonly anchor: Device | undefined,
  ) {}

  /**
   * Connects a layer.
   *
   * @param make is called if no layer of this description has the same weights
   * @param description what the layer depends on besides its weights. Undefined for a layer of its own
   */
  layer(
    make: () => Layer,
    name: string,
    inputs: readonly Device[],
    weights: LayerWeights,
    result: Result,
    description?: string,
  ): Device {
    const sources = Object.values(weights).map(({ of }) => this.#numberOf(of));
    const key = description !== undefined && sources.length > 0 ? `${description} ${sources.join()}` : undefined;
    const alike = key === undefined ? [] : (this.#shared.get(key) ?? []);
    const known = alike.find(([, others]) => sameWeights(others, weights))?.[0];
    const layer = known ?? make();
    if (!known) layer.name = name.replaceAll(".", "_") || layer.kind;
    const extents = this.building.layer(
      layer,
      inputs.map((input) => input.extents),
    );
    if (!known) fill(layer, weights);
    if (key !== undefined && !known) this.#shared.set(key, [...alike, [layer, weights]]);
    const tensor = GraphTensor.ofLayer(
      layer,
      inputs.map((input) => input.tensor),
    );
    const { order, dtype, flattened } = result;
    return { form: "device", tensor, extents: present(extents[0]), order, dtype, flattened };
  }

  /** Connects an operator of this entry. */
  operator(
    operator: string,
    name: string,
    operands: readonly Operand[],
    attributes: PlainAttributes,
    result: Result,
  ): Device {
    const inputs: Device[] = [];
    const shapes: ShapeSource[] = [];
    const weights = operands.filter((operand) => operand?.form === "weight");
    const inputNumber = (device: Device) => {
      const found = inputs.findIndex(({ tensor }) => tensor === device.tensor);
      return found < 0 ? inputs.push(device) - 1 : found;
    };
    const shapeNumber = (device: Device) => shapes.push({ input: inputNumber(device), order: device.order }) - 1;
    const sources = operands.map((operand): OperandSource => {
      if (!operand) return null;
      if (operand.form === "device") return { input: inputNumber(operand) };
      if (operand.form === "weight") return { weight: operand.name };
      if (operand.form === "number") return { number: operand.value };
      return { program: programOf(operand, shapeNumber) };
    });
    if (inputs.length === 0) inputs.push(this.#anchor());
    const options = {
      ...{ operator, attributes, operands: sources, shapes },
      weights: weights.map(({ name, tensor, trainable }) => ({ name, shape: tensor.shape, trainable })),
    };
    const given = Object.fromEntries(weights.map((weight) => [weight.name, weight]));
    return this.layer(() => new OnnxOperator(options), name, inputs, given, result, JSON.stringify(options));
  }

  /** The same tensor with its axes in an order. */
  inOrder(value: Device, order: Order): Device {
    const whole = value.flattened ? this.#unflattened(value, value.flattened) : value;
    if (sameOrder(whole.order, order)) return whole;
    const perm = order.map((axis) => whole.order.indexOf(axis));
    // A Transpose of the file only gives the axes other numbers. So the order alone does not tell how they move.
    const known = this.#moved.get(whole.tensor) ?? new Map<string, Device>();
    const found = known.get(perm.join());
    if (found) return { ...found, order, dtype: value.dtype };
    const made = this.operator("Transpose", "transpose", [whole], { perm }, { order, dtype: value.dtype });
    this.#moved.set(whole.tensor, known.set(perm.join(), made));
    return made;
  }

  /** The same tensor as the file has it. */
  plain(value: Device): Device {
    return this.inOrder(value, plainOrder(value.order.length));
  }

  /** A value on the device, as the file has it. */
  device(value: Value, name: string): Device {
    if (isDevice(value)) return this.plain(value);
    const rank = present(this.trials(value)[0]).shape.length;
    const dtype = present(this.trials(value)[0]).dtype;
    const operand = value.form === "constant" ? weightOf("value", value.tensor) : value;
    return this.operator("Constant", name, [operand], {}, { order: plainOrder(rank), dtype });
  }

  /** The array that host arithmetic gives in each trial. */
  trials(value: HostValue<Device>): readonly HostTensor[] {
    if (value.form === "constant") return [value.tensor];
    const sources: Device[] = [];
    const program = programOf(value, (source) => sources.push(source) - 1);
    const count = sources[0]?.extents.trials.length ?? 1;
    return Array.from({ length: count }, (_, trial) =>
      runProgram(
        program,
        sources.map(({ extents, order }) => {
          const shape = present(extents.trials[trial]);
          return shape.map((_, axis) => present(shape[order.indexOf(axis)]));
        }),
      ),
    );
  }

  /** Its elements lie as those of the image. They need not be the image's: a function may have changed each of them. */
  #unflattened(value: Device, { extents, order }: Device): Device {
    const { dtype } = value;
    const shape = [0, ...present(extents.trials[0]).slice(1)];
    const image = this.operator("Reshape", "reshape", [value], { shape }, { order, dtype });
    const plain = this.plain(image);
    return this.operator("Flatten", "flatten", [plain], { axis: 1 }, { order: value.order, dtype });
  }

  #anchor(): Device {
    if (this.anchor) return this.anchor;
    throw new ShapeError("the graph has no input, expected one at least");
  }

  #numberOf(tensor: HostTensor): number {
    const number = this.#numbers.get(tensor) ?? this.#numbers.size;
    this.#numbers.set(tensor, number);
    return number;
  }
}

/** A constant as a weight of an operator of this entry. */
export function weightOf(name: string, tensor: HostTensor, of = tensor): WeightOperand {
  return { form: "weight", name, tensor, of, trainable: tensor.data.length > 1 && tensor.dtype.includes("float") };
}

/** Whether weights from the same constants also lie in the same order. */
function sameWeights(some: LayerWeights, others: LayerWeights): boolean {
  return Object.entries(some).every(([name, { tensor }]) => {
    const other = others[name]?.tensor;
    if (!other || !sameShape(tensor.shape, other.shape)) return false;
    return tensor.data === other.data || tensor.data.every((value, i) => Object.is(value, other.data[i]));
  });
}

/** Gives a layer that was just built the values of its weights. @throws ShapeError */
function fill(layer: Layer, values: LayerWeights): void {
  const { weights } = partsOf(layer);
  for (const [name, { tensor }] of Object.entries(values)) {
    const { variable } = present(weights.get(name));
    if (!sameShape(variable.shape, tensor.shape)) {
      throw new ShapeError(
        `its constant ${name} is [${tensor.shape.join(", ")}], expected [${variable.shape.join(", ")}]`,
      );
    }
    variable.write(tensor.data);
  }
}

import { existing } from "../../../core/objects.js";
import type { Shape } from "../../../core/shape.js";
import { HostAttributes } from "../../host/attributes.js";
import { type Order, plainOrder, sameOrder } from "../../host/orders.js";
import { runProgram } from "../../host/program.js";
import type { OnnxOperator } from "../../layers/onnxOperator.js";
import type { OperandSource } from "../../layers/operands.js";
import type { OnnxValue } from "../form.js";
import type { ExportScope, Traced } from "../scope.js";
import { type HostWeight, permuted, type WeightForm } from "../weightForms.js";
import { writeProgram } from "./programs.js";

/** Images [N, H, W, C] here are [N, C, H, W] in files. */
const CHANNELS_LAST: Order = [0, 2, 3, 1];

/** One operator that `loadOnnx` kept, while it is written. */
export class OperatorForm {
  readonly attributes: HostAttributes;
  readonly #sources: readonly OperandSource[];

  constructor(
    readonly scope: ExportScope,
    readonly layer: OnnxOperator,
    readonly inputs: readonly Traced[],
  ) {
    this.attributes = new HostAttributes(layer.options.attributes ?? {});
    this.#sources = layer.options.operands;
  }

  get count(): number {
    return this.#sources.length;
  }

  has(i: number): boolean {
    return this.#sources[i] !== undefined && this.#sources[i] !== null;
  }

  /** An operand that is an input of the layer. */
  input(i: number): Traced | undefined {
    const source = this.#sources[i];
    return source && "input" in source ? existing(this.inputs[source.input]) : undefined;
  }

  /** The shape of an operand in memory. Undefined for one that is computed from shapes. */
  shape(i: number): Shape | undefined {
    const source = this.#sources[i];
    if (!source || "number" in source) return [];
    if ("input" in source) return existing(existing(this.inputs[source.input]).extents.trials[0]);
    if ("weight" in source) return this.layer.options.weights?.find(({ name }) => name === source.weight)?.shape;
    return isConstant(source.program) ? runProgram(source.program, []).shape : undefined;
  }

  /** A float32 operand that is no input of the layer. @param form how it differs in the file */
  constant(i: number, form?: WeightForm): OnnxValue | undefined {
    const source = this.#sources[i];
    if (!source || "input" in source) return undefined;
    if ("weight" in source) return this.scope.weight(this.layer, source.weight, form);
    const { shape, data } = hostValue(source);
    const host: HostWeight = { shape, data: Float32Array.from(data) };
    const made = form?.make(host) ?? host;
    return this.scope.constant(made.data, made.shape);
  }

  /** The numbers of an operand that does not depend on shapes. Undefined if it is left out, or does. */
  list(i: number): readonly number[] | undefined {
    const source = this.#sources[i];
    return source && "program" in source && isConstant(source.program) ? [...hostValue(source).data] : undefined;
  }

  /** An operand of host arithmetic as integers. Undefined if it is left out, or cannot be written. */
  integers(i: number): OnnxValue | undefined {
    const list = this.list(i);
    if (list) return this.scope.integers(list);
    const source = this.#sources[i];
    if (!source || !("program" in source)) return undefined;
    const shapes = (this.layer.options.shapes ?? []).map(({ input, order }) => () => {
      return this.fileOrder(existing(this.inputs[input]), order);
    });
    return writeProgram(this.scope, source.program, shapes);
  }

  /** A value with its axes as in the file that it came from. @param order how it lies in memory */
  fileOrder(x: OnnxValue, order: Order): OnnxValue {
    if (sameOrder(order, CHANNELS_LAST)) return { ...this.scope.channelsFirst(x), channelsFirst: false };
    const plain = this.scope.channelsLast(x);
    if (sameOrder(order, plainOrder(order.length))) return plain;
    return this.#transposed(
      plain,
      order.map((_, axis) => order.indexOf(axis)),
    );
  }

  /** A value of the file's axes as the layer gives it. */
  fromFile(y: OnnxValue, order: Order): OnnxValue {
    if (sameOrder(order, CHANNELS_LAST)) return { ...y, channelsFirst: true };
    return sameOrder(order, plainOrder(order.length)) ? y : this.#transposed(y, order);
  }

  #transposed(x: OnnxValue, perm: readonly number[]): OnnxValue {
    return this.scope.node("Transpose", [x], { attributes: { perm: { ints: perm } }, channelsFirst: false });
  }
}

/** A constant beside images [N, C, H, W]: its axes are the last of [N, H, W, C]. */
export const BESIDE_IMAGES: WeightForm = {
  key: "beside images",
  make({ shape, data }) {
    const whole = [...Array.from({ length: 4 - shape.length }, () => 1), ...shape];
    return permuted({ shape: whole, data }, [0, 3, 1, 2]);
  },
};

function isConstant(program: readonly { readonly [name: string]: unknown }[]): boolean {
  return program.every((step) => !("shapeOf" in step));
}

function hostValue(source: Exclude<OperandSource, null | { input: number } | { weight: string }>): {
  readonly shape: Shape;
  readonly data: ArrayLike<number> & Iterable<number>;
} {
  if ("number" in source) return { shape: [], data: [source.number] };
  return runProgram(source.program, []);
}

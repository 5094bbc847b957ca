import type { Variable } from "../../core/backend.js";
import { ShapeError } from "../../core/errors.js";
import type { Shape } from "../../core/shape.js";
import { Tensor } from "../../core/tensor.js";
import type { BuildScope, LayerConfig } from "../../nn/layer.js";
import { type LayerOptions, NamedLayer } from "../../nn/layers/options.js";
import type { Json } from "../../nn/layerTypes.js";
import { HostAttributes, type PlainAttributes } from "../host/attributes.js";
import { present } from "../host/present.js";
import { OPERATIONS } from "../operators/table.js";
import { type OperandSource, Operands, type ShapeSource } from "./operands.js";

/** A weight of an ONNX operator. */
export interface OperatorWeight {
  /** Its name in the layer. */
  readonly name: string;
  /** Its extents. */
  readonly shape: Shape;
  /** Whether optimizers may change it. */
  readonly trainable: boolean;
}

/** The options of `OnnxOperator`, as `loadOnnx` makes them and files keep them. */
export interface OnnxOperatorOptions extends LayerOptions {
  /** The name of the operator, such as "Resize". */
  readonly operator: string;
  /** Its attributes. Axes are those of the tensors here, which may lie otherwise than in the ONNX file. */
  readonly attributes?: PlainAttributes | undefined;
  /** Its operands in their order. */
  readonly operands: readonly OperandSource[];
  /** The inputs whose shapes host arithmetic needs. */
  readonly shapes?: readonly ShapeSource[] | undefined;
  /** The weights that operands name. None if left out. */
  readonly weights?: readonly OperatorWeight[] | undefined;
}

/**
 * An operator of an ONNX file that no layer of `webgpu-cnn/nn` expresses. `loadOnnx` makes it.
 *
 * @example
 * ```ts
 * const layer = new OnnxOperator({ operator: "Reciprocal", operands: [{ input: 0 }] });
 * const model = new Sequential([layer]).build(backend, { inputShape: [2] });
 * await model.predict(backend.tensor([[2, 4]])).read(); // [0.5, 0.25]
 * ```
 */
export class OnnxOperator extends NamedLayer {
  override readonly kind: string;
  /** @internal Tells exporters what it is, without this class. */
  readonly isOnnxOperator = true;
  /** The name of the operator, such as "Resize". */
  readonly operator: string;
  readonly #options: OnnxOperatorOptions;
  readonly #attributes: HostAttributes;
  readonly #weights = new Map<string, Variable>();

  /** @throws OptionError if there is no such operator */
  constructor(options: OnnxOperatorOptions) {
    super("OnnxOperator", options, ["operator", "attributes", "operands", "shapes", "weights"]);
    this.operator = this.reader.word("operator", Object.keys(OPERATIONS));
    const operands: unknown = this.reader.given("operands");
    if (!Array.isArray(operands)) this.reader.refuse("operands", operands, "a list");
    this.kind = `onnx_${this.operator.replace(/([a-z])([A-Z])/g, "$1_$2").toLowerCase()}`;
    this.#options = options;
    this.#attributes = new HostAttributes(options.attributes ?? {});
  }

  /** Its options, for exporters. */
  get options(): OnnxOperatorOptions {
    return this.#options;
  }

  /** @internal Operators may put the examples elsewhere. */
  override get keepsExamples(): boolean {
    return false;
  }

  override build(scope: BuildScope): void {
    for (const { name, shape, trainable } of this.#options.weights ?? []) {
      this.#weights.set(name, scope.weight(name, shape, "zeros", { trainable }));
    }
  }

  override call(x: Tensor | readonly Tensor[]): Tensor {
    return present(this.callAll(x instanceof Tensor ? [x] : x)[0]);
  }

  /** @internal */
  override callAll(inputs: readonly Tensor[]): readonly Tensor[] {
    const [first] = inputs;
    if (!first) throw new ShapeError(`${this.name}: it has no input`);
    const { operands, shapes = [] } = this.#options;
    const { backend } = first;
    const given = new Operands(backend, this.#attributes, operands, inputs, this.#weights, shapes);
    return [backend.tidy(() => present(OPERATIONS[this.operator])(given))];
  }

  override config(): LayerConfig {
    const { operands, shapes = [], weights = [], attributes = {} } = this.#options;
    return {
      operator: this.operator,
      attributes,
      operands: operands.map((source): Json => (source === null ? null : { ...source })),
      shapes: shapes.map(({ input, order }) => ({ input, order })),
      weights: weights.map(({ name, shape, trainable }) => ({ name, shape, trainable })),
    };
  }
}

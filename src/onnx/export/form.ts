import type { ExampleShape } from "../../nn/graph/extents.js";
import type { Layer } from "../../nn/layer.js";

/** A value of the ONNX graph. */
export interface OnnxValue {
  /** Its name in the file. */
  readonly name: string;
  /**
   * Whether it is a batch of images [N, C, H, W], as ONNX's operators want them. Otherwise its axes are those that the
   * layer knows, such as [N, H, W, C] or [N, features].
   */
  readonly channelsFirst: boolean;
  /** @internal If features [N, F] lie in another order: which of the layer's features lies at each place. */
  readonly order?: readonly number[] | undefined;
}

/** An input of a layer. */
export interface OnnxInput extends OnnxValue {
  /** The extents of one example as the layer knows them, without the batch: images are [H, W, C]. Null if an extent varies. */
  readonly shape: ExampleShape;
}

/** The value of an attribute of a node, with its ONNX type. */
export type OnnxAttribute =
  | { readonly int: number }
  | { readonly ints: readonly number[] }
  | { readonly float: number }
  | { readonly text: string };

/** The options of a node that a layer adds to an ONNX file. */
export interface OnnxNodeOptions {
  /** By their names in ONNX's list of operators. */
  readonly attributes?: Readonly<Record<string, OnnxAttribute>> | undefined;
  /** Whether the output is a batch of images [N, C, H, W]. As the first input if left out. */
  readonly channelsFirst?: boolean | undefined;
}

/** What a layer's ONNX form is made with. */
export interface OnnxScope {
  /** The version of ONNX's operators that the file uses. */
  readonly opset: number;

  /**
   * Adds a node.
   *
   * @param operator one of ONNX's operators, such as "Relu"
   * @param inputs undefined for an optional input that is left out
   * @returns its first output
   */
  node(operator: string, inputs: readonly (OnnxValue | undefined)[], options?: OnnxNodeOptions): OnnxValue;

  /**
   * Adds a constant: float32 for a Float32Array, int64 for a BigInt64Array.
   *
   * @param data the elements, in row-major order
   * @param shape the extents
   */
  constant(data: Float32Array | BigInt64Array, shape: readonly number[]): OnnxValue;

  /**
   * A weight of a layer, with the shape that it has there. Used twice, it is in the file once.
   *
   * @param layer the layer that owns it
   * @param name its name in the layer, such as "kernel"
   * @throws OptionError if the layer has no weight of this name
   */
  weight(layer: Layer, name: string): OnnxValue;

  /**
   * The output of a layer inside this one.
   *
   * @param layer a part of the layer that is written
   * @param inputs its inputs, in order
   */
  apply(layer: Layer, inputs: readonly OnnxInput[]): OnnxInput;

  /** Images [N, C, H, W] of images [N, H, W, C]. Adds a transpose, unless they are. */
  channelsFirst(x: OnnxValue): OnnxValue;

  /** A value with the axes that the layer's `call` gets. Adds a transpose, unless it has them. */
  channelsLast(x: OnnxValue): OnnxValue;
}

/**
 * Writes the nodes of one kind of layer.
 *
 * @param inputs images may be [N, C, H, W]; see `OnnxValue`
 * @param outputShape the extents of one example of the layer's output, as `call` gives it
 * @returns the layer's output
 */
export type LayerExporter<L extends Layer = Layer> = (
  scope: OnnxScope,
  layer: L,
  inputs: readonly OnnxInput[],
  outputShape: ExampleShape,
) => OnnxValue;

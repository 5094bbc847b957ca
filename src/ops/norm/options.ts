import { OptionError, ShapeError } from "../../core/errors.js";
import { OptionReader } from "../../core/options.js";
import type { Shape } from "../../core/shape.js";
import { reshape, type Tensor } from "../../core/tensor.js";
import { transpose } from "../arrange/transpose.js";

/** The options of batch normalization and its gradients. The names are WebNN's. */
export interface BatchNormalizationOptions {
  /** float32 [C], a factor for each channel. 1 if left out. */
  readonly scale?: Tensor | undefined;
  /** float32 [C], added to each channel. 0 if left out. */
  readonly bias?: Tensor | undefined;
  /**
   * The axis of the channels in x. A negative number counts from the end. The last axis if left out, as in Keras
   * (WebNN: axis 1).
   */
  readonly axis?: number | undefined;
  /** Added to the variance, ≥ 0. 1e-5 if left out, as in WebNN and PyTorch (Keras: 1e-3). */
  readonly epsilon?: number | undefined;
}

/** A call with its options read: x as rows of channels. */
export interface BatchNormalizationGeometry {
  /** The shape of x. */
  readonly shape: Shape;
  readonly axis: number;
  readonly rows: number;
  readonly c: number;
  readonly epsilon: number;
}

/**
 * @param channels more tensors with one value for each channel, by argument
 * @throws OptionError, ShapeError
 */
export function readBatchNormalization(
  operator: string,
  { shape, size }: Tensor,
  options: BatchNormalizationOptions,
  channels: Readonly<Record<string, Tensor>>,
): BatchNormalizationGeometry {
  const reader = new OptionReader(operator, options, ["scale", "bias", "axis", "epsilon"]);
  const rank = shape.length;
  if (rank === 0) throw new ShapeError(`${operator}: x has rank 0, expected at least 1: an axis of channels`);
  const given = reader.integer("axis", -rank, rank - 1);
  if (given >= rank) {
    throw new OptionError(
      `${operator}: axis is ${given}, expected an integer from ${-rank} to ${rank - 1} (x [${shape.join(", ")}])`,
    );
  }
  const axis = given < 0 ? given + rank : given;
  const epsilon = reader.numberFrom("epsilon", 0, Number.POSITIVE_INFINITY, 1e-5);
  const c = shape[axis] ?? 1;
  for (const [argument, tensor] of Object.entries({ ...channels, scale: options.scale, bias: options.bias })) {
    if (tensor === undefined || (tensor.shape.length === 1 && tensor.size === c)) continue;
    throw new ShapeError(
      `${operator}: ${argument} is [${tensor.shape.join(", ")}], expected [${c}], the extent of x along axis ${axis} (x [${shape.join(", ")}])`,
    );
  }
  return { shape, axis, rows: size / c, c, epsilon };
}

/** x as [rows, C]. If the channels are not the innermost axis, a transpose moves them there. */
export function toRows(x: Tensor, { shape, axis, rows, c }: BatchNormalizationGeometry): Tensor {
  const inner = shape.slice(axis + 1).reduce((product, extent) => product * extent, 1);
  if (inner === 1) return reshape(x, [rows, c]);
  const planes = reshape(x, [rows / inner, c, inner]);
  return reshape(transpose(planes, { permutation: [0, 2, 1] }), [rows, c]);
}

/** Undoes `toRows`. */
export function fromRows(y: Tensor, { shape, axis, rows, c }: BatchNormalizationGeometry): Tensor {
  const inner = shape.slice(axis + 1).reduce((product, extent) => product * extent, 1);
  if (inner === 1) return reshape(y, shape);
  return reshape(transpose(reshape(y, [rows / inner, inner, c]), { permutation: [0, 2, 1] }), shape);
}

/** @throws ShapeError if dy does not have x's shape, which is also the shape of the forward's output */
export function checkSlope(operator: string, dy: Tensor, { shape }: BatchNormalizationGeometry): void {
  if (dy.shape.join() === shape.join()) return;
  throw new ShapeError(
    `${operator}: dy is [${dy.shape.join(", ")}], expected the forward's output [${shape.join(", ")}]`,
  );
}

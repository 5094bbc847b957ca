import type { Variable } from "../../core/backend.js";
import { ShapeError } from "../../core/errors.js";
import type { Shape } from "../../core/shape.js";
import type { Tensor } from "../../core/tensor.js";

/** The extents of an example that must be an image. @throws ShapeError */
export function imageOf(layer: string, shape: Shape): readonly [h: number, w: number, c: number] {
  const [h, w, c, ...rest] = shape;
  if (h === undefined || w === undefined || c === undefined || rest.length > 0) {
    throw new ShapeError(
      `${layer}: its input is [${shape.join(", ")}] for each example, expected [H, W, C]; a single channel is an axis of extent 1`,
    );
  }
  return [h, w, c];
}

/** The extent of an example that must be a list of values. @throws ShapeError */
export function featuresOf(layer: string, shape: Shape): number {
  const [features, ...rest] = shape;
  if (features === undefined || rest.length > 0) {
    throw new ShapeError(
      `${layer}: its input is [${shape.join(", ")}] for each example, expected [features]; put a Flatten before it`,
    );
  }
  return features;
}

/** @throws Error where the layer is called before it is built */
export function builtWeight(layer: string, weight: Variable | undefined): Tensor {
  if (!weight) throw new Error(`${layer}: called before it was built`);
  return weight.value;
}

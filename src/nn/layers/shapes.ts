import type { Variable } from "../../core/backend.js";
import { OptionError, ShapeError } from "../../core/errors.js";
import { Tensor } from "../../core/tensor.js";
import { type ExampleShape, showExample } from "../graph/extents.js";

/** @param input a tensor, or its shape @throws OptionError if it is a list of several */
export function checkOneInput(layer: string, input: unknown): void {
  const [first]: readonly unknown[] = Array.isArray(input) ? input : [];
  if (!Array.isArray(first) && !(first instanceof Tensor)) return;
  throw new OptionError(`${layer}: it takes one input, got several; join them first, by Concatenate or Add`);
}

/** The channels of examples that must be images. @throws ShapeError */
export function channelsOf(layer: string, shape: ExampleShape): number {
  checkOneInput(layer, shape);
  if (shape.length !== 3) {
    throw new ShapeError(
      `${layer}: its input is ${showExample(shape)} for each example, expected [H, W, C]; a single channel is an axis of extent 1`,
    );
  }
  return lastExtent(layer, shape);
}

/** The last extent of examples. It may not vary. @throws ShapeError */
export function lastExtent(layer: string, shape: ExampleShape): number {
  checkOneInput(layer, shape);
  const extent = shape.at(-1);
  if (typeof extent === "number") return extent;
  throw new ShapeError(
    extent === undefined
      ? `${layer}: its input is one number for each example, expected at least one axis`
      : `${layer}: the last extent of its input ${showExample(shape)} varies, expected a fixed one, because the weights depend on it; use GlobalAveragePooling2D instead of Flatten`,
  );
}

/** @throws Error if the layer is called before it is built */
export function weightValue(layer: string, weight: Variable | undefined): Tensor {
  if (!weight) throw new Error(`${layer}: called before it was built`);
  return weight.value;
}

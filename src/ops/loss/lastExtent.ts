import { ShapeError } from "../../core/errors.js";
import type { Tensor } from "../../core/tensor.js";

/** The extent of the last axis. @throws ShapeError if there is no axis */
export function lastExtent(operator: string, argument: string, { shape }: Tensor): number {
  const extent = shape.at(-1);
  if (extent !== undefined) return extent;
  throw new ShapeError(
    `${operator}: ${argument} has rank 0, expected at least 1: the last axis is that of the classes`,
  );
}

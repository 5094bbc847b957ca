import { ShapeError, show } from "../../core/errors.js";
import { isInteger } from "../../core/options.js";
import type { Shape } from "../../core/shape.js";

/** The extents of one example, without the batch, such as [28, 28, 1]. `null` stands for an extent that varies. */
export type ExampleShape = readonly (number | null)[];

/** @throws ShapeError */
export function checkExampleShape(operator: string, argument: string, shape: unknown): ExampleShape {
  if (!Array.isArray(shape)) {
    throw new ShapeError(
      `${operator}: ${argument} must be the extents of one example such as [28, 28, 1], without the batch, got ${show(shape)}`,
    );
  }
  const extents: (number | null)[] = [];
  for (const extent of shape) {
    if (extent !== null && !isInteger(extent, 1)) {
      throw new ShapeError(
        `${operator}: ${argument} has the extent ${show(extent)}, expected positive integers, or null for an extent that varies (${argument} ${show(shape)})`,
      );
    }
    extents.push(extent);
  }
  return Object.freeze(extents);
}

/** The extents as text, "?" for one that varies. */
export function showExample(shape: ExampleShape): string {
  return `[${shape.map((extent) => extent ?? "?").join(", ")}]`;
}

/** The extents of several inputs as text. */
export function showExamples(shapes: readonly ExampleShape[]): string {
  return shapes.map(showExample).join(" and ");
}

/** Whether examples of a shape fit the extents. One that varies fits only one that varies. */
export function fitsExample(shape: ExampleShape, expected: ExampleShape): boolean {
  return shape.length === expected.length && expected.every((extent, i) => extent === null || extent === shape[i]);
}

/** The extents that two traces have in common. Those that differ vary. */
export function commonExtents(first: Shape, second: Shape): ExampleShape {
  return first.map((extent, i) => (extent === second[i] ? extent : null));
}

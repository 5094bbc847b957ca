import type { GatherAttributes } from "../../core/attributes.js";
import { isInteger, OptionReader } from "../../core/options.js";
import { elementsOf, type Shape } from "../../core/shape.js";

/** The options of {@link gather} and {@link gatherBackward}. */
export interface GatherOptions {
  /** The axis along which the indices count. A negative number counts from the end. 0 if left out. */
  readonly axis?: number | undefined;
}

/**
 * Reads the options of `gather` or its gradient.
 *
 * @param argument the caller's name for the tensor's shape
 * @returns the attributes, and the shape of the output
 * @throws OptionError
 */
export function readGather(
  operator: string,
  argument: string,
  shape: Shape,
  indices: Shape,
  options: GatherOptions,
): { readonly attributes: GatherAttributes; readonly output: Shape } {
  const reader: OptionReader = new OptionReader(operator, options, ["axis"]);
  const rank = shape.length;
  const value = reader.given("axis") ?? 0;
  const axis = isInteger(value, -rank) && value < 0 ? value + rank : value;
  if (!isInteger(axis, 0) || axis >= rank) {
    const expected = rank === 0 ? "none: a scalar has no axes; use reshape" : `an integer from ${-rank} to ${rank - 1}`;
    reader.refuse("axis", value, `${expected} (${argument} [${shape.join(", ")}])`);
  }
  return {
    attributes: {
      outer: elementsOf(shape.slice(0, axis)),
      rows: shape[axis] ?? 1,
      count: elementsOf(indices),
      inner: elementsOf(shape.slice(axis + 1)),
    },
    output: [...shape.slice(0, axis), ...indices, ...shape.slice(axis + 1)],
  };
}

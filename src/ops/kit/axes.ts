import { isInteger, type OptionReader } from "../../core/options.js";

/**
 * The option `axes`: distinct axes of a tensor, in the given order. A negative number counts from the end.
 *
 * @param fallback the default of the option
 * @throws OptionError
 */
export function readAxes(reader: OptionReader, rank: number, fallback: readonly number[]): readonly number[] {
  const value = reader.given("axes");
  if (value === undefined) return fallback;
  const axes: number[] = [];
  for (const axis of Array.isArray(value) ? value : [undefined]) {
    const fromStart = isInteger(axis, -rank) && axis < 0 ? axis + rank : axis;
    if (!isInteger(fromStart, 0) || fromStart >= rank || axes.includes(fromStart)) {
      const expected =
        rank === 0
          ? "[]: a scalar has no axes"
          : `an array of distinct integers from ${-rank} to ${rank - 1}, such as [${rank - 1}]`;
      reader.refuse("axes", value, expected);
    }
    axes.push(fromStart);
  }
  return axes;
}

import { ShapeError } from "../../core/errors.js";

/** A value that is missing only if lists in a file do not fit each other. @throws ShapeError */
export function present<Value>(value: Value | undefined): Value {
  if (value === undefined) throw new ShapeError("its axes, extents or lists do not fit each other");
  return value;
}

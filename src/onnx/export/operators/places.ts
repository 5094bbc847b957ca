import { existing } from "../../../core/objects.js";
import type { OnnxValue } from "../form.js";
import type { Traced } from "../scope.js";
import type { OperatorForm } from "./operatorForm.js";

/** The options of a node whose output is no batch of images [N, C, H, W]. */
export const PLAIN = { channelsFirst: false };

/** Where the axes of [N, H, W, C] are in [N, C, H, W]. */
const IN_FILE = [0, 2, 3, 1];

export function rankOf({ extents }: Traced): number {
  return existing(extents.trials[0]).length;
}

/** The place of an axis in memory in the value. */
export function placeOf(x: OnnxValue, axis: number): number {
  return x.channelsFirst ? existing(IN_FILE[axis]) : axis;
}

/** An operand with the axes of the layer's memory. */
export function plain(form: OperatorForm, i: number): OnnxValue | undefined {
  const x = form.input(i);
  return x ? form.scope.channelsLast(x) : form.constant(i);
}

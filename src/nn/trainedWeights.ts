import type { Variable } from "../core/backend.js";

/** The layer of a weight, as far as this file needs it. */
interface Owner {
  readonly trainable: boolean;
}

const owners = new WeakMap<Variable, { readonly layer: Owner; readonly trainable: boolean }>();

/** Takes note of a weight that a layer made. @param trainable false for moving statistics */
export function ownWeight(variable: Variable, layer: Owner, trainable: boolean): void {
  owners.set(variable, { layer, trainable });
}

/** Whether a variable is a moving statistic, or a weight of a layer that is frozen now. */
export function isFixed(variable: Variable): boolean {
  const owner = owners.get(variable);
  return owner !== undefined && !(owner.trainable && owner.layer.trainable);
}

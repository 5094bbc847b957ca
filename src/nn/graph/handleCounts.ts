import type { Backend } from "../../core/backend.js";
import type { Tensor } from "../../core/tensor.js";

/** Disposes of tensors when nothing in a graph uses them any more. A layer may give a tensor that it got. */
export class HandleCounts {
  readonly #counts = new Map<Tensor, number>();

  constructor(private readonly backend: Backend) {}

  /** Each tensor is in one more place. */
  add(tensors: readonly Tensor[]): readonly Tensor[] {
    for (const tensor of tensors) this.#counts.set(tensor, (this.#counts.get(tensor) ?? 0) + 1);
    return tensors;
  }

  /** A tensor is in one place less. After the last one it is disposed of, if it was made in the present scope. */
  remove(tensor: Tensor): void {
    const count = (this.#counts.get(tensor) ?? 0) - 1;
    if (count > 0) this.#counts.set(tensor, count);
    else {
      this.#counts.delete(tensor);
      this.backend.scopes.dispose(tensor);
    }
  }
}

import { OptionError, show } from "../core/errors.js";
import { Tensor } from "../core/tensor.js";

/** The live tensors of a backend, by the `tidy` they were made in. */
export class TensorScopes {
  /** Innermost last. */
  readonly #open: Set<Tensor>[] = [];
  #live = 0;

  /** How many handles are live. */
  get live(): number {
    return this.#live;
  }

  add(tensor: Tensor): void {
    this.#live++;
    this.#open.at(-1)?.add(tensor);
  }

  delete(tensor: Tensor): void {
    this.#live--;
    this.keep(tensor);
  }

  /** Takes a tensor out of every scope: it stays until it is disposed of. */
  keep(tensor: Tensor): void {
    for (const scope of this.#open) scope.delete(tensor);
  }

  /**
   * Runs `work`, then disposes of every tensor made inside.
   *
   * @param keep "result": but for those that its result holds
   * @throws OptionError where `work` is no function or returns a promise
   */
  run<Result>(operator: string, work: () => Result, keep: "result" | "nothing"): Result {
    if (typeof work !== "function") {
      throw new OptionError(`${operator}: expected a function, got ${show(work)}`);
    }
    const scope = new Set<Tensor>();
    this.#open.push(scope);
    let kept: ReadonlySet<Tensor> = new Set();
    try {
      const result = work();
      if (isPromise(result)) {
        result.then(undefined, () => {});
        throw new OptionError(
          `${operator}: the function returned a promise; it must be synchronous (await the reads of its result outside)`,
        );
      }
      if (keep === "result") kept = tensorsIn(result);
      return result;
    } finally {
      this.#open.pop();
      const outer = this.#open.at(-1);
      for (const tensor of scope) {
        if (kept.has(tensor)) outer?.add(tensor);
        else tensor.dispose();
      }
    }
  }
}

/** The tensors in a value: itself, or within arrays, maps (their values), sets and other objects to any depth. */
function tensorsIn(value: unknown, found = new Set<Tensor>(), visited = new Set<unknown>()): Set<Tensor> {
  if (value instanceof Tensor) found.add(value);
  else if (typeof value === "object" && value !== null && !ArrayBuffer.isView(value) && !visited.has(value)) {
    visited.add(value);
    const members =
      value instanceof Map || value instanceof Set || Array.isArray(value) ? value.values() : Object.values(value);
    for (const member of members) tensorsIn(member, found, visited);
  }
  return found;
}

function isPromise(value: unknown): value is PromiseLike<unknown> {
  return typeof value === "object" && value !== null && "then" in value && typeof value.then === "function";
}

import type { Scopes } from "../core/backend.js";
import { byteSize } from "../core/byteSize.js";
import { OptionError, show } from "../core/errors.js";
import type { Mode } from "../core/mode.js";
import type { Storage } from "../core/storage.js";
import { storageOf, Tensor } from "../core/tensor.js";

interface Scope {
  readonly tensors: Set<Tensor>;
  readonly mode: Mode;
}

/** The live tensors of a backend, by scope. */
export class TensorScopes implements Scopes {
  /** Innermost last. */
  readonly #open: Scope[] = [];
  // A handle in a scope is disposed of with the scope. Only a handle outside of all scopes can be lost. So only those
  // are registered, which costs a microsecond.
  readonly #lost = new FinalizationRegistry<Storage>((storage) => {
    this.#giveBack(() => storage.release());
    warnOnce(`a tensor of ${byteSize(storage.bytes)}`);
  });
  readonly #left = new FinalizationRegistry<Storage>((storage) => this.#giveBack(() => storage.release()));
  readonly #lostHolders = new FinalizationRegistry<() => void>((free) => {
    this.#giveBack(free);
    warnOnce("a variable");
  });
  #live = 0;

  /** @param mode the mode if no scope has one */
  constructor(private readonly outermost: Mode) {}

  get live(): number {
    return this.#live;
  }

  get mode(): Mode {
    return this.#open.at(-1)?.mode ?? this.outermost;
  }

  get open(): boolean {
    return this.#open.length > 0;
  }

  add(tensor: Tensor, storage: Storage): void {
    this.#live++;
    this.#put(tensor, storage, this.#open.at(-1));
  }

  delete(tensor: Tensor): void {
    this.#live--;
    for (const { tensors } of this.#open) if (tensors.delete(tensor)) return;
    this.#lost.unregister(tensor);
    this.#left.unregister(tensor);
  }

  keep(tensor: Tensor): void {
    for (const { tensors } of this.#open) {
      if (tensors.delete(tensor)) this.#put(tensor, storageOf("keep", "tensor", tensor), undefined);
    }
  }

  /** Adds a tensor that nobody is expected to dispose of. It is left to the garbage collector. */
  leave(tensor: Tensor, storage: Storage): void {
    for (const { tensors } of this.#open) tensors.delete(tensor);
    this.#lost.unregister(tensor);
    this.#left.register(tensor, storage, tensor);
  }

  /** Counts a variable. @param free gives its memory back; it must not refer to the holder */
  addHolder(holder: object, free: () => void): void {
    this.#live++;
    this.#lostHolders.register(holder, free, holder);
  }

  deleteHolder(holder: object): void {
    this.#live--;
    this.#lostHolders.unregister(holder);
  }

  /**
   * Runs `work`, then disposes of every tensor made inside.
   *
   * @param keep "result": keeps the tensors that the result of `work` contains
   * @param mode the mode of the operators inside. If left out, it is the mode outside
   * @throws OptionError if `work` is no function, or returns a promise
   */
  run<Result>(operator: string, work: () => Result, keep: "result" | "nothing", mode: Mode = this.mode): Result {
    if (typeof work !== "function") {
      throw new OptionError(`${operator}: expected a function, got ${show(work)}`);
    }
    const scope: Scope = { tensors: new Set(), mode };
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
      for (const tensor of scope.tensors) {
        if (kept.has(tensor)) this.#put(tensor, storageOf(operator, "result", tensor), outer);
        else tensor.dispose();
      }
    }
  }

  /** Puts a tensor into a scope, or outside of all scopes. */
  #put(tensor: Tensor, storage: Storage, scope: Scope | undefined): void {
    if (scope) scope.tensors.add(tensor);
    else this.#lost.register(tensor, storage, tensor);
  }

  /** Gives back the memory of a handle that nobody can dispose of any more. */
  #giveBack(free: () => void): void {
    this.#live--;
    free();
  }
}

let warned = false;

/** Warns once: the same line of a program usually loses many tensors. */
function warnOnce(name: string): void {
  if (warned) return;
  warned = true;
  console.warn(
    `webgpu-cnn: ${name} was garbage-collected without dispose(). Its memory is free now. The garbage collector does not see how full a GPU is: dispose of tensors, or make them inside backend.tidy(() => …). This is said once only.`,
  );
}

/**
 * The tensors in a value: the value itself, or entries of arrays, sets, objects and the values of maps, to any depth.
 */
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

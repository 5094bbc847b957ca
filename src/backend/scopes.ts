import { byteSize } from "../core/byteSize.js";
import { OptionError } from "../core/errors.js";
import type { Mode } from "../core/mode.js";
import { isRefusedPromise } from "../core/promises.js";
import type { Storage } from "../core/storage.js";
import type { Scopes } from "../core/tensor.js";
import { storageOf, Tensor } from "../core/tensor.js";
import { Loan } from "./loan.js";

interface Scope {
  readonly tensors: Set<Tensor>;
  readonly mode: Mode;
}

/** What a variable or a recorded step holds. */
export interface Holding {
  /** Its name in the warning about a lost handle. */
  readonly name: string;
  /** Whether the holder counts as a live handle. */
  readonly counts: boolean;
  /** Gives the memory back. It must not refer to the holder. */
  free(): void;
}

/** The live tensors of a backend, by scope. */
export class TensorScopes implements Scopes {
  /** Innermost last. */
  readonly #open: Scope[] = [];
  // A handle in a scope is disposed of with the scope. Only a handle outside of all scopes can be lost. So only those
  // are registered, which costs a microsecond.
  readonly #lost = new FinalizationRegistry<Storage>((storage) => {
    this.#live--;
    storage.release();
    warnOnce(`a tensor of ${byteSize(storage.bytes)}`);
  });
  /** Handles that are left to the garbage collector. They do not count as live. */
  readonly #left = new FinalizationRegistry<Loan>((loan) => loan.end());
  readonly #loanOf = new WeakMap<Tensor, Loan>();
  readonly #lostHolders = new FinalizationRegistry<Holding>((holding) => {
    if (holding.counts) this.#live--;
    holding.free();
    warnOnce(holding.name);
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
    if (!this.#open.some(({ tensors }) => tensors.delete(tensor))) {
      if (this.#left.unregister(tensor)) {
        this.#loanOf.get(tensor)?.forget();
        return;
      }
      this.#lost.unregister(tensor);
    }
    this.#live--;
  }

  keep(tensor: Tensor): void {
    for (const { tensors } of this.#open) {
      if (tensors.delete(tensor)) this.#put(tensor, storageOf("keep", "tensor", tensor), undefined);
    }
  }

  dispose(tensor: Tensor): void {
    if (this.#open.at(-1)?.tensors.has(tensor)) tensor.dispose();
  }

  leave(tensor: Tensor): Loan {
    const loan = new Loan(tensor, storageOf("leave", "tensor", tensor));
    this.#lost.unregister(tensor);
    this.#left.register(tensor, loan, tensor);
    this.#loanOf.set(tensor, loan);
    this.#live--;
    return loan;
  }

  /** Adds a variable or a recorded step. */
  addHolder(holder: object, holding: Holding): void {
    if (holding.counts) this.#live++;
    this.#lostHolders.register(holder, holding, holder);
  }

  deleteHolder(holder: object, { counts }: Holding): void {
    if (counts) this.#live--;
    this.#lostHolders.unregister(holder);
  }

  /**
   * Runs `work`, then disposes of every tensor made inside.
   *
   * @param keep "result": keeps the tensors that the result of `work` contains
   * @param mode the mode of the operators inside. If left out, it is the mode outside
   * @throws OptionError if `work` returns a promise
   */
  run<Result>(operator: string, work: () => Result, keep: "result" | "nothing", mode: Mode = this.mode): Result {
    const scope: Scope = { tensors: new Set(), mode };
    this.#open.push(scope);
    let kept: ReadonlySet<Tensor> = new Set();
    try {
      const result = work();
      if (isRefusedPromise(result)) {
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

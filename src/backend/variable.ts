import { OptionError, ShapeError, show } from "../core/errors.js";
import { sameShape } from "../core/shape.js";
import { checkTensor, storageOf, Tensor } from "../core/tensor.js";
import type { Shape } from "../core/shape.js";
import type { Storage } from "../core/storage.js";
import { type TensorData, valuesOf } from "../core/values.js";
import type { Backend } from "./backend.js";

/**
 * A place for a tensor that changes: a weight, a moment of an optimiser, a learning rate, a counter. Made by `backend.variable(…)`. Inside a
 * recorded step, `assign` writes the variable's own memory at the step's end, and so do all replays.
 */
export class Variable {
  readonly shape: Shape;
  readonly size: number;
  readonly backend: Backend;
  #tensor: Tensor;
  /** Memory of its own, for recorded steps. */
  #place: Storage | undefined;

  /** @internal Takes over the caller's handle. */
  constructor(tensor: Tensor) {
    this.backend = tensor.backend;
    this.shape = tensor.shape;
    this.size = tensor.size;
    this.backend.scopes.keep(tensor);
    this.#tensor = tensor;
  }

  /** The tensor as it is now. It is the variable's own: do not dispose of it, and ask again after an `assign`. */
  get value(): Tensor {
    storageOf("value", "variable", this.#tensor);
    this.backend.traced?.reads(this);
    return this.#tensor;
  }

  /**
   * Takes another tensor's values for its own from here on; the tensor may be disposed of.
   *
   * @throws ShapeError where its shape is another; OptionError where it lives on another backend; DisposedError
   */
  assign(tensor: Tensor): void {
    checkTensor("assign", "tensor", tensor);
    const storage = storageOf("assign", "tensor", tensor);
    if (tensor.backend !== this.backend) {
      throw new OptionError(`assign: tensor is on another backend (${tensor.backend.kind}) than the variable`);
    }
    if (!sameShape(tensor.shape, this.shape)) {
      throw new ShapeError(
        `assign: tensor is [${tensor.shape.join(", ")}], expected the variable's shape [${this.shape.join(", ")}]`,
      );
    }
    this.backend.traced?.assigns(this);
    this.adopt(storage);
  }

  /**
   * Takes new values from the host, after all that is queued. A recorded step's memory is written as it is, without another allocation.
   *
   * @throws ShapeError where there are not as many; OptionError where one is no number
   */
  write(data: TensorData): void {
    const { values } = valuesOf("write", data, this.shape);
    this.backend.refuseTracing("write");
    const { runtime } = this.backend;
    if (runtime.kind === "webgpu" && this.storage === this.#place) runtime.overwrite(this.#place, values);
    else this.#takeOver(this.backend.tensor(values, this.shape));
  }

  /** Its values, as of this call. @throws (rejects with) what `Tensor.read` does */
  read(): Promise<Float32Array> {
    return this.value.read();
  }

  /** Gives the memory back. */
  dispose(): void {
    this.#tensor.dispose();
    this.#place?.release();
    this.#place = undefined;
  }

  /** @internal */
  get storage(): Storage {
    return storageOf("value", "variable", this.#tensor);
  }

  /**
   * @internal Brings it to the memory that recorded steps know it by, the same at every call.
   * @param allocate gives that memory, the first time
   * @param copy fills it where the values are elsewhere
   */
  settle(allocate: () => Storage, copy: (from: Storage, to: Storage) => void): Storage {
    this.#place ??= allocate();
    if (this.storage !== this.#place) {
      copy(this.storage, this.#place);
      this.adopt(this.#place);
    }
    return this.#place;
  }

  /** @internal Puts another storage of the same size in place, whatever is traced. */
  adopt(storage: Storage): void {
    this.#takeOver(new Tensor(this.backend, storage.retain(), this.shape));
  }

  #takeOver(tensor: Tensor): void {
    const before = this.#tensor;
    this.#tensor = tensor;
    this.backend.scopes.keep(tensor);
    before.dispose();
  }
}

/** @throws OptionError where `value` is no Variable */
export function checkVariable(operator: string, argument: string, value: unknown): asserts value is Variable {
  if (value instanceof Variable) return;
  throw new OptionError(
    `${operator}: ${argument} must be a Variable, got ${show(value)}; make one with backend.variable(…)`,
  );
}

/** What becomes of variables while operators are traced: nothing is computed, so that what is assigned must not last. */
export class TracedVariables {
  /** Those that were read or assigned, with their storages from before. */
  readonly #before = new Map<Variable, Storage>();
  readonly #assigned = new Set<Variable>();

  /** @param prepare called before a variable is touched for the first time */
  constructor(private readonly prepare: (variable: Variable) => void = () => {}) {}

  reads(variable: Variable): void {
    if (this.#before.has(variable)) return;
    this.prepare(variable);
    this.#before.set(variable, variable.storage.retain());
  }

  assigns(variable: Variable): void {
    this.reads(variable);
    this.#assigned.add(variable);
  }

  get touched(): readonly Variable[] {
    return [...this.#before.keys()];
  }

  get assigned(): readonly Variable[] {
    return [...this.#assigned];
  }

  /** Gives the variables their storages back. */
  restore(): void {
    for (const [variable, storage] of this.#before) {
      if (this.#assigned.has(variable)) variable.adopt(storage);
      storage.release();
    }
    this.#before.clear();
    this.#assigned.clear();
  }
}

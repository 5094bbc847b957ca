import type { Backend } from "./backend.js";
import { makeDisposable } from "./disposable.js";
import { DisposedError, OptionError, ShapeError, show } from "./errors.js";
import type { Mode } from "./mode.js";
import { INSPECT } from "./objects.js";
import { checkNoOptions, type NoOptions } from "./options.js";
import { checkShape, elementsOf, type Shape } from "./shape.js";
import type { Storage } from "./storage.js";

/**
 * Identifies values for automatic differentiation. Handles of one origin share a gradient, for example a tensor and its
 * reshapes. The origin is the storage, except after `stopGradient`: that gives a new one to the same storage.
 */
export type Origin = object;

let storageOfTensor: (tensor: Tensor) => Storage | undefined;
let ownOriginOf: (tensor: Tensor) => Origin | undefined;

/**
 * A handle on an n-dimensional array of float32 values in a backend's memory. Its values never change, unless the
 * caller writes to its `gpuBuffer`. Make one with `backend.tensor(…)`. Dispose of it, or make it inside
 * `backend.tidy(…)`.
 *
 * If a handle is garbage-collected without `dispose`, its memory is freed late. The library warns once, because a
 * garbage collector does not see how full a GPU is.
 *
 * @example
 * ```ts
 * const x = backend.tensor([[1, 2, 3], [4, 5, 6]]);
 * x.shape; // [2, 3]
 * x.size; // 6
 * await x.read(); // [1, 2, 3, 4, 5, 6]
 * x.dispose();
 * x.disposed; // true
 * ```
 */
export class Tensor {
  /** The extents, integers ≥ 1. `[]` is a scalar. */
  readonly shape: Shape;
  /** The number of elements: the product of the extents. */
  readonly size: number;
  /** The type of the elements. */
  readonly dtype = "float32";
  /** The backend that holds the values. */
  readonly backend: Backend;
  declare readonly [Symbol.dispose]: () => void;
  #storage: Storage | undefined;
  /** Undefined if it is the storage. */
  readonly #ownOrigin: Origin | undefined;

  static {
    storageOfTensor = (tensor) => tensor.#storage;
    ownOriginOf = (tensor) => tensor.#ownOrigin;
    makeDisposable(Tensor, (tensor) => tensor.dispose());
  }

  /** @internal Takes over the caller's reference on `storage`. */
  constructor(backend: Backend, storage: Storage, shape: Shape, origin: Origin = storage) {
    this.backend = backend;
    this.shape = Object.freeze([...shape]);
    this.size = elementsOf(shape);
    this.#storage = storage;
    this.#ownOrigin = origin === storage ? undefined : origin;
    backend.scopes.add(this, storage);
  }

  /** Whether `dispose` was called, or a scope disposed of it. */
  get disposed(): boolean {
    return this.#storage === undefined;
  }

  /**
   * Reads the values as of this call, in row-major order.
   *
   * @throws (rejects with) DisposedError; OutOfMemoryError, KernelError or BackendLostError if the operation of this
   * tensor, or an operation that it depends on, failed on the device; ValidationError if `validate` found a mismatch
   *
   * @example
   * ```ts
   * const y = add(backend.tensor([1, 2]), backend.tensor([10, 20]));
   * await y.read(); // [11, 22]
   * ```
   */
  async read(): Promise<Float32Array> {
    return this.backend.readStorage(storageOf("read", "tensor", this));
  }

  /**
   * The GPUBuffer that holds the values, for the caller's own shaders (WebGPU backends only). Queued work is submitted
   * first. The library never reuses the buffer for other tensors. Bytes beyond `4 · size` are undefined. The buffer is
   * destroyed when the last handle is disposed of.
   *
   * @throws OptionError if the backend is not a WebGPU backend
   *
   * @example
   * ```ts
   * const [x, { kind }] = [backend.tensor([1, 2]), backend];
   * if (kind === "webgpu") console.log(x.gpuBuffer.size);
   * ```
   */
  get gpuBuffer(): GPUBuffer {
    return this.backend.exposeBuffer(storageOf("gpuBuffer", "tensor", this));
  }

  /**
   * Disposes of this handle. The memory is freed when no other handle and no queued work needs it. A second call does
   * nothing.
   */
  dispose(): void {
    const storage = this.#storage;
    if (!storage) return;
    this.#storage = undefined;
    this.backend.scopes.delete(this);
    storage.release();
  }

  get [Symbol.toStringTag](): string {
    return "Tensor";
  }

  /** What `JSON.stringify` writes. The values stay where they are: `read()` gives them. */
  toJSON(): { readonly shape: Shape; readonly dtype: "float32" } {
    return { shape: this.shape, dtype: this.dtype };
  }

  /** @internal */
  [INSPECT](): string {
    return this.toString();
  }

  /** In words, without values: "Tensor(float32, [2, 3], wasm)". */
  toString(): string {
    return `Tensor(${this.dtype}, [${this.shape.join(", ")}], ${this.backend.kind}${this.disposed ? ", disposed" : ""})`;
  }
}

/** The storage behind a live tensor. @throws DisposedError */
export function storageOf(operator: string, argument: string, tensor: Tensor): Storage {
  const storage = storageOfTensor(tensor);
  if (!storage) {
    throw new DisposedError(
      `${operator}: ${argument} [${tensor.shape.join(", ")}] was disposed of; keep it alive until its last use (tidy disposes of all that is not returned)`,
    );
  }
  return storage;
}

/** The origin of a live tensor. @throws DisposedError */
export function originOf(operator: string, argument: string, tensor: Tensor): Origin {
  return ownOriginOf(tensor) ?? storageOf(operator, argument, tensor);
}

/**
 * Gives a tensor another shape with the same number of elements (WebNN's `reshape`). The result shares the memory of x.
 * Dispose of both handles.
 *
 * @param x float32 of any shape
 * @param shape the new extents. The elements keep their row-major order
 * @param options none
 * @returns float32 of the shape `shape`
 * @throws OptionError if x is not a tensor; ShapeError if the number of elements differs; DisposedError,
 * BackendLostError
 *
 * @example
 * ```ts
 * const x = backend.tensor([[1, 2, 3], [4, 5, 6]]);
 * const y = reshape(x, [3, 2]);
 * y.shape; // [3, 2]
 * await y.read(); // [1, 2, 3, 4, 5, 6]
 * ```
 */
export function reshape(x: Tensor, shape: Shape, options: NoOptions = {}): Tensor {
  checkTensor("reshape", "x", x);
  checkNoOptions("reshape", options);
  const storage = storageOf("reshape", "x", x);
  x.backend.checkAlive();
  const extents = checkShape("reshape", "shape", shape);
  if (elementsOf(extents) !== x.size) {
    throw new ShapeError(
      `reshape: shape [${extents.join(", ")}] has ${elementsOf(extents)} elements, expected ${x.size} (x [${x.shape.join(", ")}])`,
    );
  }
  return new Tensor(x.backend, storage.retain(), extents, originOf("reshape", "x", x));
}

/** @throws OptionError if `value` is not a Tensor */
export function checkTensor(operator: string, argument: string, value: unknown): asserts value is Tensor {
  if (value instanceof Tensor) return;
  const advice = isVariable(value)
    ? "use its .value"
    : value instanceof Promise
      ? "await it"
      : "make one with backend.tensor(…)";
  throw new OptionError(`${operator}: ${argument} must be a Tensor, got ${show(value)}; ${advice}`);
}

/** Whether the caller gave a variable instead of its value. */
export function isVariable(value: unknown): boolean {
  return typeof value === "object" && value !== null && "assign" in value && "value" in value;
}

/** Tensors by name. */
export type TensorRecord = Readonly<Record<string, Tensor>>;

/** @internal The live handles of a backend, by scope. */
export interface Scopes {
  /** The number of live handles. */
  readonly live: number;
  /** The mode of the innermost scope that has one. */
  readonly mode: Mode;
  /** Whether a scope is open. It disposes of the tensors that are made now. */
  readonly open: boolean;
  /** Adds a new handle to the innermost scope. */
  add(tensor: Tensor, storage: Storage): void;
  /** Removes a handle that is disposed of. */
  delete(tensor: Tensor): void;
  /** Takes a tensor out of every scope. It stays until it is disposed of. */
  keep(tensor: Tensor): void;
  /** Leaves a tensor that is outside of all scopes to the garbage collector. It no longer counts as live. */
  leave(tensor: Tensor): void;
  /** Disposes of a tensor now if the innermost scope would do it later. */
  dispose(tensor: Tensor): void;
}

import type { Backend, Variable } from "../core/backend.js";
import { DisposedError, OptionError, ShapeError } from "../core/errors.js";
import type { Cell } from "../core/runtime.js";
import { type Shape, sameShape } from "../core/shape.js";
import type { Storage } from "../core/storage.js";
import { checkTensor, storageOf, Tensor } from "../core/tensor.js";
import { type TensorData, valuesOf } from "../core/values.js";
import type { TensorScopes } from "./scopes.js";

/** See `Variable`. */
export class CellVariable implements Variable {
  readonly shape: Shape;
  readonly size: number;
  #cell: Cell | undefined;
  /**
   * The handles that `value` gave outside of every scope, and the values of each. The garbage collector may collect
   * them.
   */
  readonly #givenOut = new Map<Storage, WeakRef<Tensor>>();

  /** Takes over the caller's reference on `storage`. */
  constructor(
    readonly backend: Backend,
    private readonly scopes: TensorScopes,
    storage: Storage,
    shape: Shape,
  ) {
    this.shape = shape;
    this.size = storage.elements;
    const cell = backend.runtime.cell(storage);
    this.#cell = cell;
    scopes.addHolder(this, () => cell.dispose());
  }

  get value(): Tensor {
    const storage = this.scopes.mode.valueOf(this.#live("value"));
    if (this.scopes.open) return new Tensor(this.backend, storage.retain(), this.shape);
    const known = this.#givenOut.get(storage)?.deref();
    if (known && !known.disposed) return known;
    for (const [shown, handle] of this.#givenOut) if (handle.deref()?.disposed ?? true) this.#givenOut.delete(shown);
    const tensor = new Tensor(this.backend, storage.retain(), this.shape);
    this.scopes.leave(tensor, storage);
    this.#givenOut.set(storage, new WeakRef(tensor));
    return tensor;
  }

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
    this.scopes.mode.assign(this.#live("assign"), storage);
  }

  write(data: TensorData): void {
    const { values } = valuesOf("write", data, this.shape);
    this.backend.refuseRehearsal("write");
    this.backend.checkAlive();
    this.#live("write").write(values);
  }

  async read(): Promise<Float32Array> {
    return this.backend.readStorage(this.scopes.mode.valueOf(this.#live("read")));
  }

  dispose(): void {
    if (!this.#cell) return;
    for (const handle of this.#givenOut.values()) handle.deref()?.dispose();
    this.#givenOut.clear();
    this.#cell.dispose();
    this.#cell = undefined;
    this.scopes.deleteHolder(this);
  }

  #live(method: string): Cell {
    if (this.#cell) return this.#cell;
    throw new DisposedError(
      `${method}: variable [${this.shape.join(", ")}] was disposed of; keep it alive until its last use`,
    );
  }
}

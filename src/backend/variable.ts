import type { Backend, Variable } from "../core/backend.js";
import { makeDisposable } from "../core/disposable.js";
import { DisposedError, OptionError, ShapeError } from "../core/errors.js";
import type { CellOwner } from "../core/mode.js";
import { INSPECT } from "../core/objects.js";
import type { Cell } from "../core/runtime.js";
import { type Shape, sameShape } from "../core/shape.js";
import type { Storage } from "../core/storage.js";
import { checkTensor, type Origin, originOf, storageOf, Tensor } from "../core/tensor.js";
import { type TensorData, valuesOf } from "../core/values.js";
import type { Host } from "./host.js";
import type { Loan } from "./loan.js";
import type { Holding } from "./scopes.js";

/** See `Variable`. */
export class CellVariable implements Variable, CellOwner {
  readonly backend: Backend;
  readonly size: number;
  declare readonly [Symbol.dispose]: () => void;
  #cell: Cell | undefined;
  readonly #holding: Holding;
  /** The handles that `value` gave outside of every scope. The garbage collector may collect them. */
  readonly #loans: Loan[] = [];
  /** Set if the tensor that was assigned last is from `stopGradient`. It holds while the variable has that storage. */
  #stopped: { readonly storage: Storage; readonly origin: Origin } | undefined;
  /** At this many loans, the ones that have ended are removed. */
  #manyLoans = 16;

  static {
    makeDisposable(CellVariable, (variable) => variable.dispose());
  }

  /** Takes over the caller's reference on `storage`. */
  constructor(
    private readonly host: Host,
    storage: Storage,
    readonly shape: Shape,
    origin: Origin = storage,
  ) {
    this.#noteOrigin(storage, origin);
    this.backend = host.backend;
    this.size = storage.elements;
    const cell = host.backend.runtime.cell(storage);
    this.#cell = cell;
    this.#holding = { name: "a variable", counts: true, free: () => cell.dispose() };
    host.scopes.addHolder(this, this.#holding);
  }

  get cell(): Cell {
    return this.#live("variable");
  }

  get value(): Tensor {
    this.#ready("value");
    const { scopes } = this.host;
    const storage = scopes.mode.valueOf(this);
    const origin = this.#stopped?.storage === storage ? this.#stopped.origin : storage;
    const tensor = new Tensor(this.backend, storage.retain(), this.shape, origin);
    if (!scopes.open) this.#lend(tensor);
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
    this.#ready("assign");
    this.host.scopes.mode.assign(this, storage);
    this.#noteOrigin(storage, originOf("assign", "tensor", tensor));
  }

  write(data: TensorData): void {
    const { values } = valuesOf("write", data, this.shape);
    this.backend.refuseRehearsal("write");
    this.#ready("write");
    this.cell.write(values);
  }

  async read(): Promise<Float32Array> {
    this.#ready("read");
    return this.backend.readStorage(this.host.scopes.mode.valueOf(this));
  }

  dispose(): void {
    if (!this.#cell) return;
    this.host.replays.finish();
    for (const loan of this.#loans) loan.end();
    this.#loans.length = 0;
    this.#cell.dispose();
    this.#cell = undefined;
    this.host.scopes.deleteHolder(this, this.#holding);
  }

  get [Symbol.toStringTag](): string {
    return "Variable";
  }

  toJSON(): { readonly shape: Shape; readonly dtype: "float32" } {
    return { shape: this.shape, dtype: "float32" };
  }

  /** @internal */
  [INSPECT](): string {
    return this.toString();
  }

  toString(): string {
    const { kind } = this.backend;
    return `Variable(float32, [${this.shape.join(", ")}], ${kind}${this.#cell ? "" : ", disposed"})`;
  }

  #noteOrigin(storage: Storage, origin: Origin): void {
    this.#stopped = origin === storage ? undefined : { storage, origin };
  }

  /** Before any use. @throws BackendLostError, DisposedError */
  #ready(method: string): void {
    this.#live(method);
    this.backend.checkAlive();
    this.host.replays.finish();
  }

  #live(method: string): Cell {
    if (this.#cell) return this.#cell;
    throw new DisposedError(
      `${method}: variable [${this.shape.join(", ")}] was disposed of; keep it alive until its last use`,
    );
  }

  /** Gives a handle to the caller. It is disposed of with the variable at the latest. */
  #lend(tensor: Tensor): void {
    const loan = this.host.scopes.leave(tensor);
    if (this.#loans.length >= this.#manyLoans) {
      const present = this.#loans.filter(({ isOver }) => !isOver);
      this.#loans.splice(0, Infinity, ...present);
      this.#manyLoans = Math.max(16, 2 * present.length);
    }
    this.#loans.push(loan);
  }
}

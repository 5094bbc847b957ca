import { type Code, list, unsigned } from "./code.js";
import { F64, F64x2 } from "./doubles.js";
import { F32, I32, i32 } from "./scalars.js";
import { F32x4, I32x4, simd } from "./vectors.js";

const I32_TYPE = 0x7f;
const F32_TYPE = 0x7d;
const F64_TYPE = 0x7c;
const V128_TYPE = 0x7b;

type Storable = I32 | F32 | F64 | F32x4 | I32x4 | F64x2;

/** A variable is an expression: its present value. `set` gives it another one. */
export class I32Variable extends I32 {
  constructor(
    private readonly writer: FunctionBuilder,
    private readonly index: number,
  ) {
    super(readLocal(index));
  }

  set(value: I32 | number): void {
    this.writer.emit(i32(value).code.concat(writeLocal(this.index)));
  }

  /** Adds to it. */
  advance(by: I32 | number): void {
    if (by !== 0) this.set(this.add(by));
  }
}

export class F32Variable extends F32 {
  constructor(
    private readonly writer: FunctionBuilder,
    private readonly index: number,
  ) {
    super(readLocal(index));
  }

  set(value: F32): void {
    this.writer.emit(value.code.concat(writeLocal(this.index)));
  }
}

export class F32x4Variable extends F32x4 {
  constructor(
    private readonly writer: FunctionBuilder,
    private readonly index: number,
  ) {
    super(readLocal(index));
  }

  set(value: F32x4): void {
    this.writer.emit(value.code.concat(writeLocal(this.index)));
  }
}

export class I32x4Variable extends I32x4 {
  constructor(
    private readonly writer: FunctionBuilder,
    private readonly index: number,
  ) {
    super(readLocal(index));
  }

  set(value: I32x4): void {
    this.writer.emit(value.code.concat(writeLocal(this.index)));
  }
}

export class F64Variable extends F64 {
  constructor(
    private readonly writer: FunctionBuilder,
    private readonly index: number,
  ) {
    super(readLocal(index));
  }

  set(value: F64): void {
    this.writer.emit(value.code.concat(writeLocal(this.index)));
  }
}

export class F64x2Variable extends F64x2 {
  constructor(
    private readonly writer: FunctionBuilder,
    private readonly index: number,
  ) {
    super(readLocal(index));
  }

  set(value: F64x2): void {
    this.writer.emit(value.code.concat(writeLocal(this.index)));
  }
}

/**
 * Writes the instructions of one function. Its methods are the statements of the function, in order. Loops and
 * conditions take their bodies as callbacks, which run once, while the function is written.
 */
export class FunctionBuilder {
  readonly #locals: number[] = [];
  readonly #code: number[] = [];

  /** @param parameters the number of parameters; all are i32 */
  constructor(private readonly parameters: number) {}

  /** The parameter at a position. */
  parameter(index: number): I32Variable {
    return new I32Variable(this, index);
  }

  i32(initial?: I32 | number): I32Variable {
    const variable = new I32Variable(this, this.#local(I32_TYPE));
    if (initial !== undefined) variable.set(initial);
    return variable;
  }

  f32(initial?: F32): F32Variable {
    const variable = new F32Variable(this, this.#local(F32_TYPE));
    if (initial) variable.set(initial);
    return variable;
  }

  f32x4(initial?: F32x4): F32x4Variable {
    const variable = new F32x4Variable(this, this.#local(V128_TYPE));
    if (initial) variable.set(initial);
    return variable;
  }

  i32x4(initial?: I32x4): I32x4Variable {
    const variable = new I32x4Variable(this, this.#local(V128_TYPE));
    if (initial) variable.set(initial);
    return variable;
  }

  f64(initial?: F64): F64Variable {
    const variable = new F64Variable(this, this.#local(F64_TYPE));
    if (initial) variable.set(initial);
    return variable;
  }

  f64x2(initial?: F64x2): F64x2Variable {
    const variable = new F64x2Variable(this, this.#local(V128_TYPE));
    if (initial) variable.set(initial);
    return variable;
  }

  /** Several vectors, without initial values. */
  vectors(count: number): F32x4Variable[] {
    return Array.from({ length: count }, () => this.f32x4());
  }

  /** Stores a value at `address + offset`. */
  store(address: I32, value: Storable, offset = 0): void {
    this.emit(address.code.concat(value.code, storeOf(value), unsigned(offset)));
  }

  /** Stores the first one to four numbers of a vector. The address and the value are evaluated once or twice. */
  storeLanes(address: I32, value: F32x4, count: number, offset = 0): void {
    if (count >= 4) {
      this.store(address, value, offset);
      return;
    }
    if (count >= 2) this.emit(address.code.concat(value.code, simd(91), 3, unsigned(offset), 0));
    const last = count & 2;
    if (count % 2 === 1) this.emit(address.code.concat(value.code, simd(90), 2, unsigned(offset + 4 * last), last));
  }

  /** Copies bytes. The ranges may overlap. */
  copy(to: I32, from: I32, bytes: I32 | number): void {
    this.emit(to.code.concat(from.code, i32(bytes).code, 0xfc, 10, 0, 0));
  }

  /** Sets bytes to 0. */
  clear(address: I32, bytes: I32 | number): void {
    this.emit(address.code.concat(I32.of(0).code, i32(bytes).code, 0xfc, 11, 0));
  }

  /** for (i = from; i < end; i += step) body(), as unsigned integers. Without `from`, i keeps its value. */
  for(i: I32Variable, from: I32 | number | undefined, end: I32 | number, step: I32 | number, body: () => void): void {
    if (from !== undefined) i.set(from);
    this.#block(() => {
      this.#loop(() => {
        this.#branchIf(i.atLeast(end), 1);
        body();
        i.advance(step);
        this.#branch(0);
      });
    });
  }

  /** do { body(); i += step } while (i ≠ end). The body runs at least once. This is the cheapest loop. */
  until(i: I32Variable, end: I32 | number, step: I32 | number, body: () => void): void {
    this.#loop(() => {
      body();
      i.advance(step);
      this.#branchIf(i.differs(end), 0);
    });
  }

  /**
   * As `until`, with the body written `unroll` times, and a look at the end after each. So nothing is left over.
   *
   * Each copy is a basic block. V8 12 and older moves all loads of a basic block to its front. Several copies in one
   * block would therefore need more registers than there are.
   *
   * @param body gets the number of the copy
   * @param after runs after each full round of copies, before the last look at the end
   */
  unrolledUntil(
    i: I32Variable,
    end: I32 | number,
    step: I32 | number,
    unroll: number,
    body: (copy: number) => void,
    after: () => void = () => {},
  ): void {
    this.#block(() => {
      this.#loop(() => {
        for (let copy = 0; copy < unroll; copy++) {
          body(copy);
          i.advance(step);
          if (copy < unroll - 1) this.#branchIf(i.equals(end), 1);
        }
        after();
        this.#branchIf(i.differs(end), 0);
      });
    });
  }

  /**
   * Statements, each in a basic block of its own, for the reason that `unrolledUntil` gives.
   *
   * @param address the address of a float. A branch that is never taken ends each block: no such address is odd
   */
  inBlocks(count: number, address: I32, body: (copy: number) => void): void {
    this.#block(() => {
      for (let copy = 0; copy < count; copy++) {
        body(copy);
        if (copy < count - 1) this.#branchIf(address.equals(2 * copy + 1), 0);
      }
    });
  }

  if(condition: I32, then: () => void, otherwise?: () => void): void {
    this.emit(condition.code.concat(0x04, 0x40));
    then();
    if (otherwise) {
      this.emit([0x05]);
      otherwise();
    }
    this.emit([0x0b]);
  }

  emit(code: Code): void {
    this.#code.push(...code);
  }

  /** The function, as the code section holds it. */
  finish(): Code {
    const locals = list(this.#locals.map((type) => [1, type]));
    const body = locals.concat(this.#code, 0x0b);
    return unsigned(body.length).concat(body);
  }

  #local(type: number): number {
    return this.parameters + this.#locals.push(type) - 1;
  }

  #block(body: () => void): void {
    this.emit([0x02, 0x40]);
    body();
    this.emit([0x0b]);
  }

  #loop(body: () => void): void {
    this.emit([0x03, 0x40]);
    body();
    this.emit([0x0b]);
  }

  #branch(depth: number): void {
    this.emit([0x0c, depth]);
  }

  #branchIf(condition: I32, depth: number): void {
    this.emit(condition.code.concat(0x0d, depth));
  }
}

function readLocal(index: number): Code {
  return [0x20].concat(unsigned(index));
}

function writeLocal(index: number): Code {
  return [0x21].concat(unsigned(index));
}

function storeOf(value: Storable): Code {
  if (value instanceof I32) return [0x36, 2];
  if (value instanceof F32) return [0x38, 2];
  if (value instanceof F64) return [0x39, 3];
  return simd(11).concat(4);
}

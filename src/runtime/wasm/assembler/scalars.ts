import { type Code, float32, signed, unsigned } from "./code.js";

// Expressions of WebAssembly by type. Each method adds an instruction, so a kernel reads like the formula that it
// computes. An expression is evaluated where it is used, every time that it is used. `FunctionBuilder` makes variables.

/** An integer of 32 bits, or an address in bytes. */
export class I32 {
  constructor(readonly code: Code) {}

  static of(n: number): I32 {
    return new I32([0x41].concat(signed(n)));
  }

  /** The integer at `address + offset`. */
  static load(address: I32, offset = 0): I32 {
    return new I32(address.code.concat(0x28, 2, unsigned(offset)));
  }

  add(b: I32 | number): I32 {
    return b === 0 ? this : this.#with(b, 0x6a);
  }

  sub(b: I32 | number): I32 {
    return b === 0 ? this : this.#with(b, 0x6b);
  }

  mul(b: I32 | number): I32 {
    return b === 1 ? this : this.#with(b, 0x6c);
  }

  /** Both as unsigned integers. */
  div(b: I32 | number): I32 {
    return b === 1 ? this : this.#with(b, 0x6e);
  }

  /** Both as unsigned integers. */
  rem(b: I32 | number): I32 {
    return this.#with(b, 0x70);
  }

  and(b: I32 | number): I32 {
    return this.#with(b, 0x71);
  }

  or(b: I32 | number): I32 {
    return this.#with(b, 0x72);
  }

  xor(b: I32 | number): I32 {
    return this.#with(b, 0x73);
  }

  shiftLeft(b: I32 | number): I32 {
    return this.#with(b, 0x74);
  }

  /** Zeros come in at the top. */
  shiftRight(b: I32 | number): I32 {
    return this.#with(b, 0x76);
  }

  /** As unsigned integers, as are the other comparisons: an address may be 2³¹ or more. */
  less(b: I32 | number): I32 {
    return this.#with(b, 0x49);
  }

  /** As signed integers. */
  lessSigned(b: I32 | number): I32 {
    return this.#with(b, 0x48);
  }

  /** As signed integers. */
  atLeastSigned(b: I32 | number): I32 {
    return this.#with(b, 0x4e);
  }

  atLeast(b: I32 | number): I32 {
    return this.#with(b, 0x4f);
  }

  equals(b: I32 | number): I32 {
    return this.#with(b, 0x46);
  }

  differs(b: I32 | number): I32 {
    return this.#with(b, 0x47);
  }

  /** `this` if the condition holds, else `b`. Both are evaluated. */
  when(condition: I32, b: I32 | number): I32 {
    return new I32(this.code.concat(i32(b).code, condition.code, 0x1b));
  }

  /** The smaller, as unsigned integers. Both are evaluated twice. */
  min(b: I32 | number): I32 {
    return this.when(this.less(b), b);
  }

  /** As a float32, from a signed integer. */
  toF32(): F32 {
    return new F32(this.code.concat(0xb2));
  }

  #with(b: I32 | number, opcode: number): I32 {
    return new I32(this.code.concat(i32(b).code, opcode));
  }
}

/** A number as an expression. */
export function i32(n: I32 | number): I32 {
  return typeof n === "number" ? I32.of(n) : n;
}

/** A float32. */
export class F32 {
  constructor(readonly code: Code) {}

  static of(x: number): F32 {
    return new F32([0x43].concat(float32(x)));
  }

  /** The number at `address + offset`. */
  static load(address: I32, offset = 0): F32 {
    return new F32(address.code.concat(0x2a, 2, unsigned(offset)));
  }

  add(b: F32): F32 {
    return new F32(this.code.concat(b.code, 0x92));
  }

  sub(b: F32): F32 {
    return new F32(this.code.concat(b.code, 0x93));
  }

  mul(b: F32): F32 {
    return new F32(this.code.concat(b.code, 0x94));
  }

  div(b: F32): F32 {
    return new F32(this.code.concat(b.code, 0x95));
  }

  sqrt(): F32 {
    return new F32(this.code.concat(0x91));
  }

  less(b: F32): I32 {
    return new I32(this.code.concat(b.code, 0x5d));
  }

  atMost(b: F32): I32 {
    return new I32(this.code.concat(b.code, 0x5f));
  }

  equals(b: F32): I32 {
    return new I32(this.code.concat(b.code, 0x5b));
  }

  /** True for NaN and itself. */
  differs(b: F32): I32 {
    return new I32(this.code.concat(b.code, 0x5c));
  }

  /** `this` if the condition holds, else `b`. Both are evaluated. */
  when(condition: I32, b: F32): F32 {
    return new F32(this.code.concat(b.code, condition.code, 0x1b));
  }
}

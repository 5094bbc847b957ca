import { type Code, unsigned } from "./code.js";
import { F32, I32 } from "./scalars.js";
import { F32x4, simd } from "./vectors.js";

// Numbers of 64 bits. Long sums and statistics are computed with them: float32 values are added without a noticeable
// error, and their squares neither overflow nor underflow.

/** A float64. */
export class F64 {
  constructor(readonly code: Code) {}

  static of(x: number): F64 {
    return new F64([0x44].concat(...new Uint8Array(new Float64Array([x]).buffer)));
  }

  /** The float64 at `address + offset`. */
  static load(address: I32, offset = 0): F64 {
    return new F64(address.code.concat(0x2b, 3, unsigned(offset)));
  }

  /** The float32 at `address + offset`. */
  static loadFloat(address: I32, offset = 0): F64 {
    return F64.from(F32.load(address, offset));
  }

  static from(x: F32): F64 {
    return new F64(x.code.concat(0xbb));
  }

  /** From an unsigned integer. */
  static fromInteger(n: I32): F64 {
    return new F64(n.code.concat(0xb8));
  }

  add(b: F64): F64 {
    return this.#with(b, 0xa0);
  }

  sub(b: F64): F64 {
    return this.#with(b, 0xa1);
  }

  mul(b: F64): F64 {
    return this.#with(b, 0xa2);
  }

  div(b: F64): F64 {
    return this.#with(b, 0xa3);
  }

  sqrt(): F64 {
    return new F64(this.code.concat(0x9f));
  }

  abs(): F64 {
    return new F64(this.code.concat(0x99));
  }

  equals(b: F64): I32 {
    return new I32(this.code.concat(b.code, 0x61));
  }

  less(b: F64): I32 {
    return new I32(this.code.concat(b.code, 0x63));
  }

  /** `this` if the condition holds, else `b`. Both are evaluated. */
  when(condition: I32, b: F64): F64 {
    return new F64(this.code.concat(b.code, condition.code, 0x1b));
  }

  /** Rounded. */
  toF32(): F32 {
    return new F32(this.code.concat(0xb6));
  }

  /** Towards zero, as an unsigned integer. NaN and negative numbers become 0, numbers out of range the largest integer. */
  toInteger(): I32 {
    return new I32(this.code.concat(0xfc, 3));
  }

  #with(b: F64, opcode: number): F64 {
    return new F64(this.code.concat(b.code, opcode));
  }
}

/** Two float64. */
export class F64x2 {
  constructor(readonly code: Code) {}

  /** The same number in both lanes. */
  static of(x: number): F64x2 {
    return F64x2.splatOf(F64.of(x));
  }

  static splatOf(x: F64): F64x2 {
    return new F64x2(x.code.concat(simd(20)));
  }

  /** The two float64 from `address + offset` on. */
  static load(address: I32, offset = 0): F64x2 {
    return new F64x2(address.code.concat(simd(0), 4, unsigned(offset)));
  }

  /** The float64 at `address + offset`, in both lanes. */
  static splat(address: I32, offset = 0): F64x2 {
    return new F64x2(address.code.concat(simd(10), 3, unsigned(offset)));
  }

  /** The float64 at `address + offset`, and 0. */
  static loadOne(address: I32, offset = 0): F64x2 {
    return new F64x2(address.code.concat(simd(93), 3, unsigned(offset)));
  }

  /** The two float32 from `address + offset` on. */
  static loadFloats(address: I32, offset = 0): F64x2 {
    return F64x2.fromLow(new F32x4(address.code.concat(simd(93), 3, unsigned(offset))));
  }

  /** The float32 at `address + offset`, and 0. */
  static loadFloat(address: I32, offset = 0): F64x2 {
    return F64x2.fromLow(new F32x4(address.code.concat(simd(92), 2, unsigned(offset))));
  }

  /** The first two lanes. */
  static fromLow(x: F32x4): F64x2 {
    return new F64x2(x.code.concat(simd(95)));
  }

  add(b: F64x2): F64x2 {
    return this.#with(b, 240);
  }

  sub(b: F64x2): F64x2 {
    return this.#with(b, 241);
  }

  mul(b: F64x2): F64x2 {
    return this.#with(b, 242);
  }

  div(b: F64x2): F64x2 {
    return this.#with(b, 243);
  }

  sqrt(): F64x2 {
    return new F64x2(this.code.concat(simd(239)));
  }

  lane(i: number): F64 {
    return new F64(this.code.concat(simd(33), i));
  }

  withLane(i: number, x: F64): F64x2 {
    return new F64x2(this.code.concat(x.code, simd(34), i));
  }

  /** Rounded. The last two lanes are 0. */
  toF32x4(): F32x4 {
    return new F32x4(this.code.concat(simd(94)));
  }

  #with(b: F64x2, opcode: number): F64x2 {
    return new F64x2(this.code.concat(b.code, simd(opcode)));
  }
}

/** Four numbers, rounded, from two pairs. */
export function roundedPairs(first: F64x2, second: F64x2): F32x4 {
  return first.toF32x4().shuffle(second.toF32x4(), [0, 1, 4, 5]);
}

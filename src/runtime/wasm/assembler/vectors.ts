import { type Code, float32, unsigned } from "./code.js";
import { F32, I32 } from "./scalars.js";

/** The four indices of lanes that `shuffle` picks: 0 to 3 from the first vector, 4 to 7 from the second. */
export type Lanes = readonly [number, number, number, number];

/** Four float32. */
export class F32x4 {
  constructor(readonly code: Code) {}

  /** The same number in each lane. */
  static of(x: number): F32x4 {
    return F32x4.ofLanes([x, x, x, x]);
  }

  static ofLanes(lanes: readonly [number, number, number, number]): F32x4 {
    return new F32x4(simd(12).concat(lanes.flatMap(float32)));
  }

  /** The four numbers from `address + offset` on. */
  static load(address: I32, offset = 0): F32x4 {
    return new F32x4(address.code.concat(simd(0), 4, unsigned(offset)));
  }

  /** The number at `address + offset`, in each lane. V8 adds the offset in an instruction of its own. */
  static splat(address: I32, offset = 0): F32x4 {
    return new F32x4(address.code.concat(simd(9), 2, unsigned(offset)));
  }

  /** A number in each lane. */
  static splatOf(x: F32): F32x4 {
    return new F32x4(x.code.concat(simd(19)));
  }

  add(b: F32x4): F32x4 {
    return this.#with(b, 228);
  }

  sub(b: F32x4): F32x4 {
    return this.#with(b, 229);
  }

  mul(b: F32x4): F32x4 {
    return this.#with(b, 230);
  }

  div(b: F32x4): F32x4 {
    return this.#with(b, 231);
  }

  sqrt(): F32x4 {
    return new F32x4(this.code.concat(simd(227)));
  }

  abs(): F32x4 {
    return new F32x4(this.code.concat(simd(224)));
  }

  neg(): F32x4 {
    return new F32x4(this.code.concat(simd(225)));
  }

  /** Rounded to the nearest integer, ties to even. */
  nearest(): F32x4 {
    return new F32x4(this.code.concat(simd(106)));
  }

  floor(): F32x4 {
    return new F32x4(this.code.concat(simd(104)));
  }

  trunc(): F32x4 {
    return new F32x4(this.code.concat(simd(105)));
  }

  /** The smaller. NaN if one is NaN. */
  min(b: F32x4): F32x4 {
    return this.#with(b, 232);
  }

  /** The larger. NaN if one is NaN. On x86 it takes seven instructions. */
  max(b: F32x4): F32x4 {
    return this.#with(b, 233);
  }

  /** `b < this ? b : this`, in one instruction: `this` if one is NaN. */
  pseudoMin(b: F32x4): F32x4 {
    return this.#with(b, 234);
  }

  /** `this < b ? b : this`, in one instruction: `this` if one is NaN. */
  pseudoMax(b: F32x4): F32x4 {
    return this.#with(b, 235);
  }

  /** this · b + c, rounded once or twice, as the processor likes. Only for engines with relaxed SIMD. */
  relaxedMadd(b: F32x4, c: F32x4): F32x4 {
    return new F32x4(this.code.concat(b.code, c.code, simd(0x105)));
  }

  equals(b: F32x4): I32x4 {
    return this.#compare(b, 65);
  }

  /** True for NaN and itself. */
  differs(b: F32x4): I32x4 {
    return this.#compare(b, 66);
  }

  less(b: F32x4): I32x4 {
    return this.#compare(b, 67);
  }

  greater(b: F32x4): I32x4 {
    return this.#compare(b, 68);
  }

  atMost(b: F32x4): I32x4 {
    return this.#compare(b, 69);
  }

  atLeast(b: F32x4): I32x4 {
    return this.#compare(b, 70);
  }

  /** The lanes where `mask` is set, and 0 elsewhere. */
  where(mask: I32x4): F32x4 {
    return new F32x4(this.code.concat(mask.code, simd(78)));
  }

  /** The lanes where `mask` is not set, and 0 elsewhere. */
  whereNot(mask: I32x4): F32x4 {
    return new F32x4(this.code.concat(mask.code, simd(79)));
  }

  /** `this` where `mask` is set, else `b`. */
  select(mask: I32x4, b: F32x4): F32x4 {
    return new F32x4(this.code.concat(b.code, mask.code, simd(82)));
  }

  /** The first `count` lanes, and 0 in the others. */
  first(count: number): F32x4 {
    if (count >= 4) return this;
    return this.where(I32x4.ofLanes([count > 0 ? -1 : 0, count > 1 ? -1 : 0, count > 2 ? -1 : 0, 0]));
  }

  lane(i: number): F32 {
    return new F32(this.code.concat(simd(31), i));
  }

  withLane(i: number, x: F32): F32x4 {
    return new F32x4(this.code.concat(x.code, simd(32), i));
  }

  shuffle(b: F32x4, lanes: Lanes): F32x4 {
    return new F32x4(
      this.code.concat(
        b.code,
        simd(13),
        lanes.flatMap((lane) => [4 * lane, 4 * lane + 1, 4 * lane + 2, 4 * lane + 3]),
      ),
    );
  }

  /** The same bits as integers. */
  bits(): I32x4 {
    return new I32x4(this.code);
  }

  /** As integers, towards zero. NaN becomes 0. Numbers out of range become the nearest integer. */
  toI32x4(): I32x4 {
    return new I32x4(this.code.concat(simd(248)));
  }

  #with(b: F32x4, opcode: number): F32x4 {
    return new F32x4(this.code.concat(b.code, simd(opcode)));
  }

  #compare(b: F32x4, opcode: number): I32x4 {
    return new I32x4(this.code.concat(b.code, simd(opcode)));
  }
}

/** Four integers of 32 bits, or a mask: all bits of a lane set, or none. */
export class I32x4 {
  constructor(readonly code: Code) {}

  static of(n: number): I32x4 {
    return new I32x4(I32.of(n).code.concat(simd(17)));
  }

  static splatOf(n: I32): I32x4 {
    return new I32x4(n.code.concat(simd(17)));
  }

  static ofLanes(lanes: Lanes): I32x4 {
    return new I32x4(simd(12).concat(...new Uint8Array(new Int32Array(lanes).buffer)));
  }

  add(b: I32x4): I32x4 {
    return this.#with(b, 174);
  }

  sub(b: I32x4): I32x4 {
    return this.#with(b, 177);
  }

  /** The low 32 bits of the product. */
  mul(b: I32x4): I32x4 {
    return this.#with(b, 181);
  }

  and(b: I32x4): I32x4 {
    return this.#with(b, 78);
  }

  or(b: I32x4): I32x4 {
    return this.#with(b, 80);
  }

  xor(b: I32x4): I32x4 {
    return this.#with(b, 81);
  }

  /** The bits of this that are not set in `b`. */
  andNot(b: I32x4): I32x4 {
    return this.#with(b, 79);
  }

  not(): I32x4 {
    return new I32x4(this.code.concat(simd(77)));
  }

  equals(b: I32x4): I32x4 {
    return this.#with(b, 55);
  }

  /** As signed integers. */
  less(b: I32x4): I32x4 {
    return this.#with(b, 57);
  }

  /** As unsigned integers. */
  atLeastUnsigned(b: I32x4): I32x4 {
    return this.#with(b, 64);
  }

  shiftLeft(bits: number): I32x4 {
    return new I32x4(this.code.concat(I32.of(bits).code, simd(171)));
  }

  /** Copies of the sign come in at the top. */
  shiftRightSigned(bits: number): I32x4 {
    return new I32x4(this.code.concat(I32.of(bits).code, simd(172)));
  }

  /** Zeros come in at the top. */
  shiftRight(bits: number): I32x4 {
    return new I32x4(this.code.concat(I32.of(bits).code, simd(173)));
  }

  /** The same bits as float32. */
  asF32x4(): F32x4 {
    return new F32x4(this.code);
  }

  /** From signed integers, rounded. */
  toF32x4(): F32x4 {
    return new F32x4(this.code.concat(simd(250)));
  }

  /** 1 if any bit is set, else 0. */
  any(): I32 {
    return new I32(this.code.concat(simd(83)));
  }

  lane(i: number): I32 {
    return new I32(this.code.concat(simd(27), i));
  }

  #with(b: I32x4, opcode: number): I32x4 {
    return new I32x4(this.code.concat(b.code, simd(opcode)));
  }
}

/** The opcode of a SIMD instruction. */
export function simd(opcode: number): Code {
  return [0xfd].concat(unsigned(opcode));
}

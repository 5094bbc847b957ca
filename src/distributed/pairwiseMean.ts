import { existing } from "../core/objects.js";

/** A sum of two. The root has no parent. */
interface Node {
  readonly parent: Node | undefined;
  /** The operand that came first. It waits for the other. */
  waiting: Float32Array | undefined;
}

/**
 * The weighted mean of vectors, by a fixed tree: leaf = fround(share · value), node = fround(left + right). The left
 * part of n leaves has ⌈n/2⌉ of them. So the bits do not depend on the order in which the vectors come.
 *
 * The rounding error of each value is at most (⌈log2 n⌉ + 2) · 2⁻²⁴ times the sum of |share · value|, if nothing
 * overflows or underflows.
 *
 * Two operands are added as soon as both are there. So for n vectors that come in order, about log2 n are in memory.
 */
export class PairwiseMean {
  readonly #shares: readonly number[];
  /** The sum that each leaf goes into. */
  readonly #parents: readonly (Node | undefined)[];
  readonly #missing: Set<number>;
  #length: number | undefined;
  #result: Float32Array | undefined;

  /** @param shares the factor of each vector; their sum is 1 for a mean */
  constructor(shares: readonly number[]) {
    if (shares.length === 0) throw new Error("a mean of no vectors");
    this.#shares = shares;
    this.#parents = parentsOf(shares.length, undefined);
    this.#missing = new Set(shares.keys());
  }

  /** Whether all vectors are there. */
  get isComplete(): boolean {
    return this.#missing.size === 0;
  }

  /** Whether this vector is there. */
  has(leaf: number): boolean {
    return leaf in this.#shares && !this.#missing.has(leaf);
  }

  /** The vectors that are not there yet, in order. */
  get missing(): readonly number[] {
    return [...this.#missing];
  }

  /** @param values they are copied */
  add(leaf: number, values: Float32Array): void {
    if (!this.#missing.has(leaf)) throw new Error(`vector ${leaf} of ${this.#shares.length} is not missing`);
    this.#length ??= values.length;
    if (values.length !== this.#length) throw new Error(`${values.length} values, expected ${this.#length}`);
    this.#missing.delete(leaf);
    const share = existing(this.#shares[leaf]);
    const sum = new Float32Array(values.length);
    for (let i = 0; i < sum.length; i++) sum[i] = share * (values[i] ?? 0);
    let node = this.#parents[leaf];
    while (node) {
      const other = node.waiting;
      if (other === undefined) {
        node.waiting = sum;
        return;
      }
      // The sum of two is the same in either order.
      for (let i = 0; i < sum.length; i++) sum[i] = (sum[i] ?? 0) + (other[i] ?? 0);
      node.waiting = undefined;
      node = node.parent;
    }
    this.#result = sum;
  }

  /** The mean. It can be taken once, when all vectors are there. */
  take(): Float32Array {
    const result = this.#result;
    if (result === undefined) {
      const why = this.isComplete ? "it was taken before" : `${this.#missing.size} vectors are missing`;
      throw new Error(`there is no mean: ${why}`);
    }
    this.#result = undefined;
    return result;
  }
}

/** The parents of `count` leaves below `parent`. */
function parentsOf(count: number, parent: Node | undefined): readonly (Node | undefined)[] {
  if (count === 1) return [parent];
  const node: Node = { parent, waiting: undefined };
  const left = Math.ceil(count / 2);
  return [...parentsOf(left, node), ...parentsOf(count - left, node)];
}

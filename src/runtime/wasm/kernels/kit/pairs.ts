import type { F32x4 } from "../../assembler/vectors.js";

/** The sum of the terms, added in pairs. */
export function pairs(terms: readonly F32x4[]): F32x4 {
  const [first, ...others] = terms;
  if (!first) throw new Error("a sum has a term");
  if (others.length === 0) return first;
  const half = Math.ceil(terms.length / 2);
  return pairs(terms.slice(0, half)).add(pairs(terms.slice(half)));
}

import type { Backend } from "../../core/backend.js";
import { reshape, type Tensor } from "../../core/tensor.js";
import { concat } from "../../ops/arrange/concat.js";
import { abs } from "../../ops/elementwise/abs.js";
import { div } from "../../ops/elementwise/div.js";
import { maximum } from "../../ops/elementwise/maximum.js";
import { minimum } from "../../ops/elementwise/minimum.js";
import { sqrt } from "../../ops/elementwise/sqrt.js";
import { square } from "../../ops/elementwise/square.js";
import { reduceMax } from "../../ops/reduce/reduceMax.js";
import { reduceSum } from "../../ops/reduce/reduceSum.js";

/**
 * The factor that clips all gradients together, [1]. They are divided by the largest of all before they are squared:
 * their squares would overflow above 10¹⁹, and vanish below 10⁻¹⁹.
 */
export function globalScale(backend: Backend, gradients: readonly Tensor[], clipNorm: number): Tensor {
  const joined = (parts: readonly Tensor[]) =>
    concat(
      parts.map((part) => reshape(part, [1])),
      0,
    );
  const largest = reduceMax(joined(gradients.map((gradient) => reduceMax(abs(gradient)))), KEPT);
  // All of them may be 0. From 2⁻¹⁰⁰ on, the quotients of normal numbers have squares that do not vanish.
  const divisor = maximum(largest, backend.full([1], 2 ** -100));
  const sum = reduceSum(joined(gradients.map((gradient) => reduceSum(square(div(gradient, divisor))))), KEPT);
  const one = backend.full([1], 1);
  return minimum(one, div(div(backend.full([1], Math.fround(clipNorm)), divisor), sqrt(sum)));
}

const KEPT = { keepDimensions: true } as const;

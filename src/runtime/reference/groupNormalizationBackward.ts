import { termsOfBlocks } from "../../core/errorBound.js";
import { normalizedMagnitude, statisticsOfGroups } from "./groupNormalization.js";
import { unlessOverflow } from "./overflow.js";
import type { ReferenceKernel } from "./referenceKernel.js";
import { underflow } from "./unaryFormulas.js";

/**
 * The reference of shaders/norm/groupNormalizationBackward:
 * dx = root · (dy · scale − mean(dy · scale) − x̂ · mean(dy · scale · x̂)), dscale = Σ dy · x̂ and dbias = Σ dy.
 */
export const groupNormalizationBackward: ReferenceKernel<"groupNormalizationBackward"> = (
  g,
  { x, dy, scale },
  outputs,
) => {
  const [dscale, dbias] = [new Float64Array(g.c), new Float64Array(g.c)];
  for (const { places, mean, root } of statisticsOfGroups(g, x)) {
    let even = 0;
    let tilt = 0;
    for (const i of places) {
      const c = i % g.c;
      const normalized = (x[i]! - mean) * root;
      const slope = dy[i]! * (scale ? scale[c]! : 1);
      even += slope;
      tilt += slope * normalized;
      dbias[c]! += dy[i]!;
      dscale[c]! += dy[i]! * normalized;
    }
    for (const i of places) {
      const slope = dy[i]! * (scale ? scale[i % g.c]! : 1);
      const common = (even + (x[i]! - mean) * root * tilt) / places.length;
      outputs.dx[i] = root * (slope - common);
    }
  }
  outputs.dscale.set(dscale);
  outputs.dbias.set(dbias);
};

/**
 * Takes the place of Σ|terms| in the error bound, with K = `termsOfBlocks` of the longer sum.
 *
 * X is the magnitude of x̂, so 6 K u · X bounds its error and X bounds |x̂|. A sum of products with x̂ has this error and
 * that of the addition: 2 Σ |dy| X. With G = |dy · scale|, the error of x̂ · mean(G x̂) is at most 4 X · mean(G X): once
 * from each factor, once from the addition, and once from the product of both errors. The relative error of the root is
 * 6 K u · ρ. It counts for the value and for its error. Each product and each difference may underflow before it is
 * multiplied by the root. There is no bound for dx if a sum or the difference overflows before it is.
 */
export const groupNormalizationBackwardMagnitude: ReferenceKernel<"groupNormalizationBackward"> = (
  g,
  { x, dy, scale },
  outputs,
) => {
  const terms = termsOfBlocks(g.pixels * Math.max(g.n, g.c / g.groups));
  const [dscale, dbias] = [new Float64Array(g.c), new Float64Array(g.c)];
  for (const group of statisticsOfGroups(g, x)) {
    const { places, mean, root } = group;
    const normalized = normalizedMagnitude(group, terms, g.epsilon);
    let even = 0;
    let tilt = 0;
    let products = 0;
    let sizes = 0;
    for (const i of places) {
      const c = i % g.c;
      const size = normalized.of(x[i]!);
      sizes += size;
      const slope = Math.abs(dy[i]! * (scale ? scale[c]! : 1));
      even += slope;
      tilt += slope * size;
      products += slope * Math.abs(x[i]! - mean) * root;
      dbias[c]! += Math.abs(dy[i]!);
      dscale[c]! += 2 * Math.abs(dy[i]!) * size;
    }
    for (const i of places) {
      const slope = Math.abs(dy[i]! * (scale ? scale[i % g.c]! : 1));
      const size = normalized.of(x[i]!);
      const common = (even + 4 * size * tilt) / places.length;
      const lost = underflow(1 + size * (1 + sizes / places.length));
      const difference = slope + (even + Math.abs(x[i]! - mean) * root * products) / places.length;
      const magnitude = (2 + normalized.ratio) * root * (slope + common + lost);
      outputs.dx[i] = unlessOverflow([even, products, difference], magnitude);
    }
  }
  outputs.dscale.set(dscale);
  outputs.dbias.set(dbias);
};

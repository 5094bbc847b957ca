import type { NormalizationAttributes } from "../../../../core/attributes.js";
import { F64 } from "../../assembler/doubles.js";
import type { ModuleBuilder } from "../../assembler/moduleBuilder.js";
import type { Work } from "../../commands/work.js";
import type { Span } from "../../memory/linearMemory.js";
import { sumTerms } from "../kit/sums.js";
import { scaled } from "./applyTable.js";
import type { GradientInputs, NormalizationGradients } from "./gradients.js";
import { PRODUCTS } from "./productFold.js";
import { addressesOf, givenTable } from "./statistics.js";
import { TermSums } from "./termSums.js";

/** dx = dy · factor, with factor = scale / √(variance + epsilon), and the gradients of the channels' values. */
export function batchNormalizationBackward(
  work: Work,
  { epsilon }: NormalizationAttributes,
  { x, dy, mean, variance, scale }: GradientInputs & { readonly mean: Span; readonly variance: Span },
  outputs: NormalizationGradients & { readonly dmean: Span; readonly dvariance: Span },
): void {
  const c = mean.elements;
  const form = { epsilon, hasDeviation: false };
  const given = { mean, spread: variance };
  const factors = givenTable(work, form, given, { scale });
  scaled(work, c, x.elements / c, dy, factors, outputs.dx);
  const centers = givenTable(work, form, given);
  const axis = { outer: 1, length: x.elements / c, inner: c };
  const products = sumTerms(work, PRODUCTS, axis, x, [dy.address, centers.address]);
  const { dscale, dbias, dmean, dvariance } = outputs;
  const program = work.program("gradientsOfChannels", writeChannels);
  const args = addressesOf([x, dy, products, centers, factors, dscale, dbias, dmean, dvariance]);
  work.run(program.function("channels"), [[...args, axis.length, c]]);
}

/** dscale = root · Σ dy · (x − mean), dbias = Σ dy, dmean = −factor · dbias, dvariance = −½ · factor · root · dscale. */
function writeChannels(module: ModuleBuilder): void {
  module.function(
    "channels",
    ["x", "dy", "products", "centers", "factors", "dscale", "dbias", "dmean", "dvariance", "rows", "c"],
    (f, { x, dy, products, centers, factors, dscale, dbias, dmean, dvariance, rows, c }) => {
      const [channel, at, place] = [f.i32(), f.i32(), f.i32()];
      const [center, root, factor] = [f.f64(), f.f64(), f.f64()];
      const sums = { slopes: f.f64(), tilts: f.f64(), products: f.f64() };
      const terms = new TermSums(f);
      f.for(channel, 0, c, 1, () => {
        at.set(channel.mul(4));
        place.set(c.add(channel).mul(8));
        center.set(F64.load(centers.add(channel.mul(8))));
        root.set(F64.load(centers.add(place)));
        factor.set(F64.load(factors.add(place)));
        sums.slopes.set(F64.load(products.add(channel.mul(8))));
        sums.products.set(root.mul(F64.load(products.add(place))));
        terms.replaceIfInfinite(
          sums,
          { x, dy, first: at, step: f.i32(c.mul(4)), count: rows },
          { center, root, scale: F64.of(1) },
        );
        f.store(dbias.add(at), sums.slopes.toF32());
        f.store(dmean.add(at), F64.of(-1).mul(factor).mul(sums.slopes).toF32());
        f.store(dscale.add(at), sums.products.toF32());
        f.store(dvariance.add(at), F64.of(-0.5).mul(factor).mul(root).mul(sums.products).toF32());
      });
    },
  );
}

import type { GroupNormalizationAttributes } from "../../../../core/attributes.js";
import { F64 } from "../../assembler/doubles.js";
import type { ModuleBuilder } from "../../assembler/moduleBuilder.js";
import { split, type Work } from "../../commands/work.js";
import type { Span } from "../../memory/linearMemory.js";
import { sumDoubles, sumTerms } from "../kit/sums.js";
import { gradientOfInput } from "./applyTable.js";
import { PRODUCTS } from "./productFold.js";
import { addressesOf } from "./statistics.js";

export interface GradientInputs {
  readonly x: Span;
  readonly dy: Span;
  readonly scale?: Span | undefined;
}

export interface NormalizationGradients {
  readonly dx: Span;
  readonly dscale: Span;
  readonly dbias: Span;
}

/** The multiply-adds that take as long as one channel. */
const WORK_OF_CHANNEL = 40;

/**
 * dx = root · (dy · scale − mean(dy · scale) − x̂ · mean(dy · scale · x̂)), with the means over a group of an image, and
 * x̂ = (x − center) · root; dscale = Σ dy · x̂ and dbias = Σ dy over all images.
 *
 * @param centers float64 [n, 2, c]: center and root
 */
export function gradientsThroughStatistics(
  work: Work,
  { n, pixels, c, groups }: Omit<GroupNormalizationAttributes, "epsilon">,
  { x, dy, scale }: GradientInputs,
  centers: Span,
  { dx, dscale, dbias }: NormalizationGradients,
): void {
  const products = sumTerms(work, PRODUCTS, { outer: n, length: pixels, inner: c }, x, [dy.address, centers.address]);
  const table = work.workspace(2 * n * 4 * c);
  const [dyOfImages, productsOfImages] = [work.workspace(2 * n * c), work.workspace(2 * n * c)];
  const form = { c, groups, hasScale: scale !== undefined };
  const program = work.program(`gradients ${JSON.stringify(form)}`, (module) => writeTable(module, form));
  const args = [...addressesOf([products, centers, scale, table, dyOfImages, productsOfImages]), pixels];
  work.run(program.function("groups"), split(args, n * groups, WORK_OF_CHANNEL * (c / groups)));
  gradientOfInput(work, c, pixels, { x, dy }, table, dx);
  sumDoubles(work, { outer: 1, length: n, inner: c }, dyOfImages, dbias);
  sumDoubles(work, { outer: 1, length: n, inner: c }, productsOfImages, dscale);
}

/** A unit is a group of an image. See `gradientOfInput` for the table. */
function writeTable(
  module: ModuleBuilder,
  { c, groups, hasScale }: { readonly c: number; readonly groups: number; readonly hasScale: boolean },
): void {
  const d = c / groups;
  module.function(
    "groups",
    ["products", "centers", "scale", "table", "dyOfImages", "productsOfImages", "pixels", "unit", "end"],
    (f, { products, centers, scale, table, dyOfImages, productsOfImages, pixels, unit, end }) => {
      const [image, first, last, channel, two] = [f.i32(), f.i32(), f.i32(), f.i32(), f.i32()];
      const [root, even, tilt, one] = [f.f64(), f.f64(), f.f64(), f.f64()];
      const count = f.f64(F64.fromInteger(pixels).mul(F64.of(d)));
      const scaleOf = () => (hasScale ? F64.loadFloat(scale.add(channel.mul(4))) : F64.of(1));
      const forChannels = (body: () => void) =>
        f.for(channel, first, last, 1, () => {
          two.set(
            image
              .mul(2 * c)
              .add(channel)
              .mul(8),
          );
          body();
        });
      f.for(unit, undefined, end, 1, () => {
        image.set(unit.div(groups));
        first.set(unit.rem(groups).mul(d));
        last.set(first.add(d));
        even.set(F64.of(0));
        tilt.set(F64.of(0));
        forChannels(() => {
          const place = image.mul(c).add(channel).mul(8);
          root.set(F64.load(centers.add(two), 8 * c));
          one.set(F64.load(products.add(two)));
          f.store(dyOfImages.add(place), one);
          even.set(even.add(one.mul(scaleOf())));
          one.set(F64.load(products.add(two), 8 * c).mul(root));
          f.store(productsOfImages.add(place), one);
          tilt.set(tilt.add(one.mul(scaleOf())));
        });
        even.set(even.div(count));
        tilt.set(tilt.div(count));
        forChannels(() => {
          root.set(F64.load(centers.add(two), 8 * c));
          const row = table.add(
            image
              .mul(4 * c)
              .add(channel)
              .mul(8),
          );
          f.store(row, F64.load(centers.add(two)));
          f.store(row, root.mul(scaleOf()), 8 * c);
          f.store(row, root.mul(even), 16 * c);
          f.store(row, root.mul(root).mul(tilt), 24 * c);
        });
      });
    },
  );
}

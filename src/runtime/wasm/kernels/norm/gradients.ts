import type { GroupNormalizationAttributes } from "../../../../core/attributes.js";
import { F64 } from "../../assembler/doubles.js";
import type { ModuleBuilder } from "../../assembler/moduleBuilder.js";
import { split, type Work } from "../../commands/work.js";
import type { Span } from "../../memory/linearMemory.js";
import { sumDoubles, sumTerms } from "../kit/sums.js";
import { gradientOfInput } from "./applyTable.js";
import { PRODUCTS } from "./productFold.js";
import { addressesOf } from "./statistics.js";
import { TermSums } from "./termSums.js";

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
 * @param scalesLast whether dx = scale · root · (dy − mean(dy) − x̂ · mean(dy · x̂)), which differs if scale is infinite
 */
export function gradientsThroughStatistics(
  work: Work,
  { n, pixels, c, groups }: Omit<GroupNormalizationAttributes, "epsilon">,
  { x, dy, scale }: GradientInputs,
  centers: Span,
  { dx, dscale, dbias }: NormalizationGradients,
  scalesLast = false,
): void {
  const products = sumTerms(work, PRODUCTS, { outer: n, length: pixels, inner: c }, x, [dy.address, centers.address]);
  const table = work.workspace(2 * n * 4 * c);
  const [dyOfImages, productsOfImages] = [work.workspace(2 * n * c), work.workspace(2 * n * c)];
  const form: GradientForm = { c, groups, hasScale: scale !== undefined, scalesLast };
  const program = work.program(`gradients ${JSON.stringify(form)}`, (module) => writeTable(module, form));
  const args = [...addressesOf([x, dy, products, centers, scale, table, dyOfImages, productsOfImages]), pixels];
  work.run(program.function("groups"), split(args, n * groups, WORK_OF_CHANNEL * (c / groups)));
  gradientOfInput(work, c, pixels, { x, dy }, table, dx, scalesLast);
  sumDoubles(work, { outer: 1, length: n, inner: c }, dyOfImages, dbias);
  sumDoubles(work, { outer: 1, length: n, inner: c }, productsOfImages, dscale);
}

interface GradientForm {
  readonly c: number;
  readonly groups: number;
  readonly hasScale: boolean;
  readonly scalesLast: boolean;
}

/** A unit is a group of an image. See `gradientOfInput` for the table. */
function writeTable(module: ModuleBuilder, { c, groups, hasScale, scalesLast }: GradientForm): void {
  const d = c / groups;
  module.function(
    "groups",
    ["x", "dy", "products", "centers", "scale", "table", "dyOfImages", "productsOfImages", "pixels", "unit", "end"],
    (f, { x, dy, products, centers, scale, table, dyOfImages, productsOfImages, pixels, unit, end }) => {
      const [image, first, last, channel, two, place] = [f.i32(), f.i32(), f.i32(), f.i32(), f.i32(), f.i32()];
      const [center, root, factor, even, tilt] = [f.f64(), f.f64(), f.f64(), f.f64(), f.f64()];
      const sums = { slopes: f.f64(), tilts: f.f64(), products: f.f64() };
      const terms = new TermSums(f);
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
          center.set(F64.load(centers.add(two)));
          root.set(F64.load(centers.add(two), 8 * c));
          body();
        });
      f.for(unit, undefined, end, 1, () => {
        image.set(unit.div(groups));
        first.set(unit.rem(groups).mul(d));
        last.set(first.add(d));
        even.set(F64.of(0));
        tilt.set(F64.of(0));
        forChannels(() => {
          place.set(image.mul(c).add(channel).mul(8));
          factor.set(scalesLast ? F64.of(1) : scaleOf());
          const sumOfDy = f.f64(F64.load(products.add(two)));
          sums.products.set(F64.load(products.add(two), 8 * c).mul(root));
          sums.slopes.set(sumOfDy.mul(factor));
          sums.tilts.set(sums.products.mul(factor));
          const values = { first: image.mul(pixels).mul(c).add(channel).mul(4), step: 4 * c, count: pixels };
          terms.replaceIfInfinite(sums, { x, dy, ...values }, { center, root, scale: factor });
          f.store(dyOfImages.add(place), sumOfDy);
          f.store(productsOfImages.add(place), sums.products);
          even.set(even.add(sums.slopes));
          tilt.set(tilt.add(sums.tilts));
        });
        even.set(even.div(count));
        tilt.set(tilt.div(count));
        forChannels(() => {
          const row = f.i32(
            table.add(
              image
                .mul(4 * c)
                .add(channel)
                .mul(8),
            ),
          );
          f.store(row, center);
          f.store(row, root.mul(scaleOf()), 8 * c);
          f.store(row, scalesLast ? even : root.mul(even), 16 * c);
          f.store(row, scalesLast ? root.mul(tilt) : root.mul(root).mul(tilt), 24 * c);
        });
      });
    },
  );
}

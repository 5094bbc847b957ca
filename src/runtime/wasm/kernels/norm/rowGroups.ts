import type { GroupNormalizationAttributes } from "../../../../core/attributes.js";
import { F64, F64x2, roundedPairs } from "../../assembler/doubles.js";
import type { ModuleBuilder } from "../../assembler/moduleBuilder.js";
import type { I32 } from "../../assembler/scalars.js";
import { split, type Work } from "../../commands/work.js";
import type { Span } from "../../memory/linearMemory.js";
import { sumAxes } from "../kit/sums.js";
import type { GradientInputs, NormalizationGradients } from "./gradients.js";
import { type Affine, addressesOf, groupTable } from "./statistics.js";

// Groups of images of one pixel. A group is a row of neighbouring values, as in layer normalization.

/** The multiply-adds that take as long as one element. */
const WORK_OF_ELEMENT = 6;

/** y = (x − mean) · root · scale + bias. */
export function normalizeRows(
  work: Work,
  g: GroupNormalizationAttributes,
  { x, scale, bias }: { readonly x: Span } & Affine,
  y: Span,
): void {
  const form: RowForm = { length: g.c / g.groups, hasScale: scale !== undefined, hasBias: bias !== undefined };
  const program = work.program(`normalizeRows ${JSON.stringify(form)}`, (module) => writeNormalize(module, form));
  const args = [...addressesOf([x, scale, bias, tableOfRows(work, g, x), y]), g.groups];
  work.run(program.function("rows"), split(args, g.n * g.groups, WORK_OF_ELEMENT * form.length));
}

/** As `gradientsThroughStatistics`. */
export function gradientsOfRows(
  work: Work,
  g: GroupNormalizationAttributes,
  { x, dy, scale }: GradientInputs,
  { dx, dscale, dbias }: NormalizationGradients,
): void {
  const form: RowForm = { length: g.c / g.groups, hasScale: scale !== undefined, hasBias: false };
  const products = work.workspace(x.elements);
  const program = work.program(`gradientsOfRows ${JSON.stringify(form)}`, (module) => writeGradients(module, form));
  const args = [...addressesOf([x, dy, scale, tableOfRows(work, g, x), dx, products]), g.groups];
  work.run(program.function("rows"), split(args, g.n * g.groups, 3 * WORK_OF_ELEMENT * form.length));
  const stages = [{ outer: 1, length: g.n, inner: g.c }];
  sumAxes(work, stages, products, dscale);
  sumAxes(work, stages, dy, dbias);
}

/** The mean and 1 / √(variance + epsilon) of each row, float64 [rows, 2]. */
function tableOfRows(work: Work, { n, c, groups, epsilon }: GroupNormalizationAttributes, x: Span): Span {
  return groupTable(work, { n: n * groups, pixels: c / groups, c: 1, groups: 1, epsilon }, x);
}

interface RowForm {
  readonly length: number;
  readonly hasScale: boolean;
  readonly hasBias: boolean;
}

/** The rows from `row` up to `end`. */
function writeNormalize(module: ModuleBuilder, { length, hasScale, hasBias }: RowForm): void {
  module.function(
    "rows",
    ["x", "scale", "bias", "table", "y", "groups", "row", "end"],
    (f, { x, scale, bias, table, y, groups, row, end }) => {
      const [at, place, last] = [f.i32(), f.i32(), f.i32()];
      const [mean, root] = [f.f64x2(), f.f64x2()];
      const of = (half: number) => {
        const normalized = F64x2.loadFloats(at, 8 * half)
          .sub(mean)
          .mul(root);
        const channel = (tensor: I32) => F64x2.loadFloats(tensor.add(place), 8 * half);
        const stretched = hasScale ? normalized.mul(channel(scale)) : normalized;
        return hasBias ? stretched.add(channel(bias)) : stretched;
      };
      const four = (columns: number) => {
        f.storeLanes(y, roundedPairs(of(0), of(1)), columns);
        y.advance(4 * columns);
        place.advance(4 * columns);
      };
      table.advance(row.mul(16));
      x.advance(row.mul(4 * length));
      y.advance(row.mul(4 * length));
      at.set(x);
      f.for(row, undefined, end, 1, () => {
        mean.set(F64x2.splat(table));
        root.set(F64x2.splat(table, 8));
        table.advance(16);
        place.set(row.rem(groups).mul(4 * length));
        if (length >= 4) {
          last.set(at.add(16 * Math.floor(length / 4)));
          f.until(at, last, 16, () => four(4));
        }
        if (length % 4 > 0) {
          four(length % 4);
          at.advance(4 * (length % 4));
        }
      });
    },
  );
}

/** The rows from `row` up to `end`. It stores dx, and dy · x̂. */
function writeGradients(module: ModuleBuilder, { length, hasScale }: RowForm): void {
  module.function(
    "rows",
    ["x", "dy", "scale", "table", "dx", "products", "groups", "row", "end"],
    (f, { x, dy, scale, table, dx, products, groups, row, end }) => {
      const [at, last, channels, toGradient] = [f.i32(), f.i32(), f.i32(), f.i32()];
      const [toScale, toResult, toProducts] = [f.i32(), f.i32(), f.i32()];
      const [mean, root, even, tilt, gradient, normalized, slope] = [
        f.f64x2(),
        f.f64x2(),
        f.f64x2(),
        f.f64x2(),
        f.f64x2(),
        f.f64x2(),
        f.f64x2(),
      ];
      /** Loads two columns, or one. The second of one is 0. */
      const load = (address: I32, columns: number, half: number) =>
        columns === 1 ? F64x2.loadFloat(address) : F64x2.loadFloats(address, 8 * half);
      const read = (columns: number, half: number) => {
        gradient.set(load(at.add(toGradient), columns, half));
        normalized.set(load(at, columns, half).sub(mean).mul(root));
        slope.set(hasScale ? gradient.mul(load(at.add(toScale), columns, half)) : gradient);
      };
      const forRow = (four: () => void, one: () => void) => {
        at.set(x);
        if (length >= 4) {
          last.set(x.add(16 * Math.floor(length / 4)));
          f.until(at, last, 16, four);
        }
        last.set(x.add(4 * length));
        if (length % 4 > 0) f.until(at, last, 4, one);
      };
      const sum = (columns: number, half: number) => {
        read(columns, half);
        even.set(even.add(slope));
        // The second of one column is not a value of the row.
        const product = columns === 1 ? F64x2.of(0).withLane(0, slope.mul(normalized).lane(0)) : slope.mul(normalized);
        tilt.set(tilt.add(product));
      };
      const pairs = [f.f64x2(), f.f64x2()] as const;
      const productPairs = [f.f64x2(), f.f64x2()] as const;
      const result = (columns: number) => {
        for (const half of [0, 1] as const) {
          read(columns, half);
          pairs[half].set(slope.sub(even).sub(normalized.mul(tilt)).mul(root));
          productPairs[half].set(gradient.mul(normalized));
        }
        f.storeLanes(at.add(toResult), roundedPairs(...pairs), columns);
        f.storeLanes(at.add(toProducts), roundedPairs(...productPairs), columns);
      };
      const meanOf = (total: F64x2) => F64x2.splatOf(total.lane(0).add(total.lane(1)).div(F64.of(length)));

      toGradient.set(dy.sub(x));
      toResult.set(dx.sub(x));
      toProducts.set(products.sub(x));
      table.advance(row.mul(16));
      x.advance(row.mul(4 * length));
      f.for(row, undefined, end, 1, () => {
        mean.set(F64x2.splat(table));
        root.set(F64x2.splat(table, 8));
        table.advance(16);
        channels.set(row.rem(groups).mul(4 * length));
        toScale.set(scale.add(channels).sub(x));
        even.set(F64x2.of(0));
        tilt.set(F64x2.of(0));
        forRow(
          () => {
            sum(4, 0);
            sum(4, 1);
          },
          () => sum(1, 0),
        );
        even.set(meanOf(even));
        tilt.set(meanOf(tilt));
        forRow(
          () => result(4),
          () => result(1),
        );
        x.advance(4 * length);
      });
    },
  );
}

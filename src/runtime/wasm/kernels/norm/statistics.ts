import type { GroupNormalizationAttributes } from "../../../../core/attributes.js";
import { F64 } from "../../assembler/doubles.js";
import type { FunctionBuilder } from "../../assembler/functionBuilder.js";
import type { ModuleBuilder } from "../../assembler/moduleBuilder.js";
import { F32, type I32 } from "../../assembler/scalars.js";
import { split, type Work } from "../../commands/work.js";
import type { Span } from "../../memory/linearMemory.js";
import { byName } from "../kit/rows.js";
import { sumTerms } from "../kit/sums.js";
import { MOMENTS } from "./momentFold.js";

/** A scale and a bias for each channel. */
export interface Affine {
  readonly scale?: Span | undefined;
  readonly bias?: Span | undefined;
}

/** What is known of each channel, as arguments and as parts of a program's key. */
export interface Moments {
  readonly mean: Span;
  readonly variance: Span;
  readonly deviation: Span;
}

/** The multiply-adds that take as long as one channel. */
const WORK_OF_CHANNEL = 40;

/**
 * The statistics of groups of x [n, pixels, c], in float64.
 *
 * @param affine if given, the table is [n, 3, c]: the mean, scale / √(variance + epsilon), and the bias. If not, it is
 * [n, 2, c]: the mean and 1 / √(variance + epsilon)
 * @param moments if given, gets the mean, the variance and √(variance + epsilon) of each group
 */
export function groupTable(
  work: Work,
  g: GroupNormalizationAttributes,
  x: Span,
  affine?: Affine,
  moments?: Moments,
): Span {
  const { n, pixels, c, groups, epsilon } = g;
  const sums = sumTerms(work, MOMENTS, { outer: n, length: pixels, inner: c }, x);
  const table = work.workspace(2 * n * (affine ? 3 : 2) * c);
  const form: TableForm = { c, groups, epsilon, affine: affine && formOf(affine), hasMoments: moments !== undefined };
  const program = work.program(`statistics ${JSON.stringify(form)}`, (module) => writeGroups(module, form));
  const spans = [x, sums, table, affine?.scale, affine?.bias, moments?.mean, moments?.variance, moments?.deviation];
  const args = [...addressesOf(spans), pixels];
  work.run(program.function("groups"), split(args, n * groups, WORK_OF_CHANNEL * (c / groups)));
  return table;
}

/**
 * The table of `groupTable` for n = 1, from given statistics of each channel.
 *
 * @param spread the variance, or with `hasDeviation` √(variance + epsilon)
 */
export function givenTable(
  work: Work,
  { epsilon, hasDeviation }: { readonly epsilon: number; readonly hasDeviation: boolean },
  { mean, spread }: { readonly mean: Span; readonly spread: Span },
  affine?: Affine,
): Span {
  const c = mean.elements;
  const table = work.workspace(2 * (affine ? 3 : 2) * c);
  const form = { epsilon, hasDeviation, affine: affine && formOf(affine) };
  const program = work.program(`given ${JSON.stringify(form)}`, (module) =>
    module.function("channels", ["mean", "spread", "scale", "bias", "table", "c"], (f, p) => {
      const [channel, at] = [f.i32(), f.i32()];
      f.for(channel, 0, p.c, 1, () => {
        at.set(channel.mul(4));
        const spread = F64.loadFloat(p.spread.add(at));
        const root = hasDeviation ? spread : spread.add(F64.of(epsilon)).sqrt();
        const row = { center: F64.loadFloat(p.mean.add(at)), root: f.f64(F64.of(1).div(root)) };
        storeChannel(f, form.affine, row, p, { table: p.table.add(channel.mul(8)), at, apart: p.c.mul(8) });
      });
    }),
  );
  const spans = [mean, spread, affine?.scale, affine?.bias, table];
  work.run(program.function("channels"), [[...addressesOf(spans), c]]);
  return table;
}

/** The addresses of spans. 0 for those that are not given. */
export function addressesOf(spans: readonly (Span | undefined)[]): readonly number[] {
  return spans.map((span) => span?.address ?? 0);
}

interface AffineForm {
  readonly hasScale: boolean;
  readonly hasBias: boolean;
}

interface TableForm {
  readonly c: number;
  readonly groups: number;
  readonly epsilon: number;
  readonly affine: AffineForm | undefined;
  readonly hasMoments: boolean;
}

function formOf({ scale, bias }: Affine): AffineForm {
  return { hasScale: scale !== undefined, hasBias: bias !== undefined };
}

/** A unit is a group of an image. */
function writeGroups(module: ModuleBuilder, { c, groups, epsilon, affine, hasMoments }: TableForm): void {
  const d = c / groups;
  const names = ["x", "sums", "table", "scale", "bias", "mean", "variance", "deviation", "pixels", "unit", "end"];
  module.function("groups", names, (f, given) => {
    const parameter = byName("groups", given);
    const [x, sums, table, pixels, unit] = ["x", "sums", "table", "pixels", "unit"].map(parameter);
    if (!x || !sums || !table || !pixels || !unit) throw new Error("groups lacks a parameter");
    const [image, first, channel, last] = [f.i32(), f.i32(), f.i32(), f.i32()];
    const count = f.f64(F64.fromInteger(pixels));
    const [pivot, distance, mean, center, total, root] = [f.f64(), f.f64(), f.f64(), f.f64(), f.f64(), f.f64()];
    /** Reads the sums of a channel: its mean, and the mean distance from the pivot. */
    const readChannel = () => {
      const value = f.f32(F32.load(x.add(image.mul(pixels).mul(c).add(channel).mul(4))));
      pivot.set(F64.from(value.when(value.sub(value).equals(F32.of(0)), F32.of(0))));
      distance.set(F64.load(placeOf(0)).div(count));
      center.set(pivot.add(distance));
    };
    const placeOf = (row: number): I32 =>
      sums.add(
        image
          .mul(2 * c)
          .add(row * c)
          .add(channel)
          .mul(8),
      );
    const forChannels = (body: () => void) => f.for(channel, first, last, 1, body);
    f.for(unit, undefined, parameter("end"), 1, () => {
      image.set(unit.div(groups));
      first.set(unit.rem(groups).mul(d));
      last.set(first.add(d));
      total.set(F64.of(0));
      forChannels(() => {
        readChannel();
        total.set(total.add(center));
      });
      mean.set(total.div(F64.of(d)));
      total.set(F64.of(0));
      forChannels(() => {
        readChannel();
        // The squares of the distances from the channel's mean, and from there to the group's mean.
        const squares = f.f64(F64.load(placeOf(1)).sub(F64.load(placeOf(0)).mul(distance)));
        squares.set(F64.of(0).when(squares.less(F64.of(0)), squares));
        center.set(center.sub(mean));
        total.set(total.add(squares).add(center.mul(center).mul(count)));
      });
      total.set(total.div(count.mul(F64.of(d))));
      root.set(total.add(F64.of(epsilon)).sqrt());
      if (hasMoments) {
        const at = unit.mul(4);
        f.store(parameter("mean").add(at), mean.toF32());
        f.store(parameter("variance").add(at), total.toF32());
        f.store(parameter("deviation").add(at), root.toF32());
      }
      root.set(F64.of(1).div(root));
      const spans = { scale: parameter("scale"), bias: parameter("bias") };
      forChannels(() => {
        const row = table.add(
          image
            .mul((affine ? 3 : 2) * c)
            .add(channel)
            .mul(8),
        );
        storeChannel(f, affine, { center: mean, root }, spans, { table: row, at: channel.mul(4), apart: 8 * c });
      });
    });
  });
}

/** Stores what the table holds of a channel. */
function storeChannel(
  f: FunctionBuilder,
  affine: AffineForm | undefined,
  { center, root }: { readonly center: F64; readonly root: F64 },
  { scale, bias }: { readonly scale: I32; readonly bias: I32 },
  { table, at, apart }: { readonly table: I32; readonly at: I32; readonly apart: I32 | number },
): void {
  const slope = affine?.hasScale ? root.mul(F64.loadFloat(scale.add(at))) : root;
  f.store(table, center);
  f.store(table.add(apart), slope);
  if (affine) f.store(table.add(apart).add(apart), affine.hasBias ? F64.loadFloat(bias.add(at)) : F64.of(0));
}

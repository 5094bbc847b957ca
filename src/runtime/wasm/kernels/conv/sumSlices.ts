import type { ModuleBuilder } from "../../assembler/moduleBuilder.js";
import { F32x4 } from "../../assembler/vectors.js";
import { evenly, type Job, split } from "../../commands/work.js";
import { type RowProducts, termsOf } from "./rowProducts.js";

/** Sums of more terms are cut into slices, which are added in pairs. */
const TERMS_OF_SLICE = 2 ** 15;
const MOST_SLICES = 64;

/** The ranges of rows of runs that are added up on their own. */
export function slicesOf({ runs }: RowProducts): ReturnType<typeof evenly> {
  return evenly(runs.rows, Math.min(MOST_SLICES, termsOf(runs) / TERMS_OF_SLICE));
}

/** What is added up: y = finish(bias + Σ slices), for y of `channels` channels. */
export interface SliceSum extends Pick<RowProducts, "channels" | "bias" | "finish"> {
  readonly slices: number;
}

/**
 * Writes `clearSlices` (partial, bytes), which is for parts of y that have fewer slices than others, and `sumSlices`
 * (partial, sliceBytes, y, bias, mask, pixel, end).
 */
export function writeSumSlices(module: ModuleBuilder, { slices, channels, bias: hasBias, finish }: SliceSum): void {
  module.function("clearSlices", ["partial", "bytes"], (f, { partial, bytes }) => f.clear(partial, bytes));
  const parameters = ["partial", "sliceBytes", "y", "bias", "mask", "pixel", "end"] as const;
  module.function("sumSlices", parameters, (f, { partial, sliceBytes, y, bias, mask, pixel, end }) => {
    const [at, offset, last] = [f.i32(), f.i32(), f.i32()];
    const sum = f.f32x4();
    const pairs = (first: number, end: number): F32x4 => {
      if (end - first === 1) return F32x4.load(at.add(sliceBytes.mul(first)));
      const middle = Math.ceil((first + end) / 2);
      return pairs(first, middle).add(pairs(middle, end));
    };
    const vector = (lanes: number) => {
      sum.set(pairs(0, slices));
      if (hasBias) sum.set(sum.add(F32x4.load(bias.add(offset))));
      const to = at.sub(partial);
      if (finish === "relu") sum.set(sum.pseudoMax(F32x4.of(0)));
      if (finish === "mask") sum.set(sum.whereNot(F32x4.load(mask.add(to)).atMost(F32x4.of(0))));
      f.storeLanes(y.add(to), sum, lanes);
      at.advance(lanes * 4);
    };
    last.set(Math.floor(channels / 4) * 16);
    at.set(partial.add(pixel.mul(channels * 4)));
    f.for(pixel, undefined, end, 1, () => {
      f.for(offset, 0, last, 16, () => vector(4));
      if (channels % 4 > 0) vector(channels % 4);
    });
  });
}

/** Jobs of `sumSlices`. */
export function sumJobs(args: Job, pixels: number, channels: number, slices: number): readonly Job[] {
  return split(args, pixels, channels * slices);
}

import { greatestCommonDivisor } from "../../../../core/geometry.js";
import type { F32x4Variable, FunctionBuilder } from "../../assembler/functionBuilder.js";
import type { ModuleBuilder } from "../../assembler/moduleBuilder.js";
import type { I32 } from "../../assembler/scalars.js";
import { F32x4, type Lanes } from "../../assembler/vectors.js";
import { evenly } from "../../commands/work.js";
import type { RowProducts, Steps } from "./rowProducts.js";
import { evenTiles } from "./tiles.js";

/** A tap: bytes from the first pixel of a window, and from the first weight of a channel. */
export interface Tap {
  readonly x: number;
  readonly w: number;
}

/**
 * Sums of products within channels, over images of `rows` × `pixels` outputs:
 *
 *     y[image, row, pixel, k] = finish(bias[k] + Σ over taps of x[image, row, pixel, tap, ⌊k / multiplier⌋] · w[tap, k])
 *
 * The taps are all pairs of one of `down` and one of `across`.
 */
export interface DepthwiseRows extends Pick<RowProducts, "rows" | "pixels" | "bias" | "finish"> {
  /** Those of y. */
  readonly channels: number;
  readonly multiplier: number;
  readonly x: Steps;
  readonly y: Steps;
  readonly down: readonly Tap[];
  readonly across: readonly Tap[];
}

const PIXELS = 4;
/** With so many taps side by side, all loads of a row of taps fit the registers at once. */
const TAPS_OF_BLOCK = 3;
/** The weights of so many taps stay in registers. */
const MOST_WEIGHTS = 7;

/** A function (x, w, y, bias, mask, row, endRow) that computes some rows, counted through all images. */
export function writeDepthwiseRows(
  module: ModuleBuilder,
  name: string,
  products: DepthwiseRows,
  relaxedSimd: boolean,
): void {
  const { rows, pixels, channels, multiplier, x: xSteps, y: ySteps } = products;
  // After so many vectors of y, lanes and channels of x match again in the same way.
  const period = multiplier / greatestCommonDivisor(multiplier, 4);
  const parameters = ["x", "w", "y", "bias", "mask", "row", "endRow"] as const;
  module.function(name, parameters, (f, p) => {
    const [image, line, from, to, tileEnd] = [f.i32(), f.i32(), f.i32(), f.i32(), f.i32()];
    const [at, weight, end, result, bias, mask] = [f.i32(), f.i32(), f.i32(), f.i32(), f.i32(), f.i32()];
    const window = new DepthwiseWindow(f, products, relaxedSimd, { at, weight, to: result, bias, mask });
    mask.set(p.mask.sub(p.y));
    const allChannels = (count: number) => {
      at.set(from);
      weight.set(p.w);
      result.set(to);
      if (products.bias) bias.set(p.bias);
      const whole = Math.floor(channels / (4 * period));
      const vector = (lanes: number, phase: number) => {
        window.write(count, lanes, phase);
        for (const pointer of [weight, result, bias]) pointer.advance(lanes * 4);
      };
      if (whole > 0) {
        end.set(weight.add(whole * period * 16));
        f.until(weight, end, 0, () => {
          for (let i = 0; i < period; i++) vector(4, i);
          at.advance((period * 16) / multiplier);
        });
      }
      const rest = channels - whole * period * 4;
      for (let i = 0; 4 * i < rest; i++) vector(Math.min(4, rest - 4 * i), i);
    };
    f.for(p.row, undefined, p.endRow, 1, () => {
      image.set(p.row.div(rows));
      line.set(p.row.rem(rows));
      from.set(p.x.add(image.mul(xSteps.image)).add(line.mul(xSteps.row)));
      to.set(p.y.add(image.mul(ySteps.image)).add(line.mul(ySteps.row)));
      for (const { pixels: count, count: tiles } of evenTiles(pixels, PIXELS)) {
        tileEnd.set(from.add(tiles * count * xSteps.pixel));
        f.until(from, tileEnd, count * xSteps.pixel, () => {
          allChannels(count);
          to.advance(count * ySteps.pixel);
        });
      }
    });
  });
}

interface Pointers {
  readonly at: I32;
  readonly weight: I32;
  readonly to: I32;
  readonly bias: I32;
  /** The bytes from y to the mask. */
  readonly mask: I32;
}

/** The windows of some pixels, for four channels. */
class DepthwiseWindow {
  readonly #sums: readonly F32x4Variable[];
  readonly #weights: readonly F32x4Variable[];
  readonly #value: F32x4Variable;

  constructor(
    private readonly f: FunctionBuilder,
    private readonly products: DepthwiseRows,
    private readonly relaxedSimd: boolean,
    private readonly pointers: Pointers,
  ) {
    this.#sums = f.vectors(PIXELS);
    this.#weights = f.vectors(Math.min(MOST_WEIGHTS, products.across.length));
    this.#value = f.f32x4();
  }

  /** @param phase the position of the vector among those that the same channels of x reach */
  write(pixels: number, lanes: number, phase: number): void {
    const { f, products } = this;
    const { at, to, bias, weight } = this.pointers;
    const sums = this.#sums.slice(0, pixels);
    for (const sum of sums) sum.set(products.bias ? F32x4.load(bias) : F32x4.of(0));
    const { offset, spread } = expansion(products.multiplier, phase);
    const blocks = tapRowsOf(products).flatMap((taps) => blocksOf(taps, products.x.pixel, pixels));
    // Each is a basic block, for the reason that `unrolledUntil` gives.
    f.inBlocks(blocks.length, at, (copy) => {
      const block = blocks[copy];
      for (const [s, { w }] of block?.weights.entries() ?? []) this.#weights[s]?.set(F32x4.load(weight, w));
      for (const { x, uses } of block?.columns ?? []) {
        this.#value.set(spread(F32x4.load(at, x + offset)));
        for (const { pixel, tap } of uses) this.#multiplyAdd(sums[pixel], this.#weights[tap]);
      }
    });
    for (const [i, sum] of sums.entries()) {
      f.storeLanes(to, this.#finished(sum, i * products.y.pixel), lanes, i * products.y.pixel);
    }
  }

  #multiplyAdd(sum: F32x4Variable | undefined, weight: F32x4Variable | undefined): void {
    if (!sum || !weight) return;
    sum.set(this.relaxedSimd ? this.#value.relaxedMadd(weight, sum) : sum.add(this.#value.mul(weight)));
  }

  #finished(sum: F32x4, offset: number): F32x4 {
    const { finish } = this.products;
    const { to, mask } = this.pointers;
    // NaN stays NaN, because the comparisons are false.
    if (finish === "relu") return sum.pseudoMax(F32x4.of(0));
    if (finish === "mask") return sum.whereNot(F32x4.load(to.add(mask), offset).atMost(F32x4.of(0)));
    return sum;
  }
}

/** Taps side by side, few enough for the registers. */
function tapRowsOf({ down, across }: DepthwiseRows): readonly (readonly Tap[])[] {
  const parts = evenly(across.length, across.length / MOST_WEIGHTS).map(({ first, end }) => across.slice(first, end));
  return down.flatMap((row) => parts.map((taps) => taps.map((tap) => ({ x: row.x + tap.x, w: row.w + tap.w }))));
}

/** The weights that a block loads, and the pixels of x that it multiplies with them. */
interface Block {
  readonly weights: readonly Tap[];
  readonly columns: readonly Column[];
}

/** A pixel of x that windows of a tile have in common, and where it is used. */
interface Column {
  readonly x: number;
  readonly uses: { readonly pixel: number; readonly tap: number }[];
}

/** The blocks of some taps. Together, they read each pixel of x once. The first of them loads the weights. */
function blocksOf(taps: readonly Tap[], pixelBytes: number, pixels: number): readonly Block[] {
  const columns = new Map<number, Column>();
  for (let pixel = 0; pixel < pixels; pixel++) {
    for (const [tap, { x: offset }] of taps.entries()) {
      const x = pixel * pixelBytes + offset;
      const column = columns.get(x) ?? { x, uses: [] };
      columns.set(x, column);
      column.uses.push({ pixel, tap });
    }
  }
  const sorted = [...columns.values()].sort((a, b) => a.x - b.x);
  const pieces = taps.length <= TAPS_OF_BLOCK ? 1 : sorted.length / 2;
  return evenly(sorted.length, pieces).map(({ first, end }) => ({
    weights: first === 0 ? taps : [],
    columns: sorted.slice(first, end),
  }));
}

/** Where the channels of x begin that four channels of y need, in bytes, and how they spread over the lanes. */
function expansion(multiplier: number, phase: number) {
  if (multiplier === 1) return { offset: 0, spread: (channels: F32x4) => channels };
  const channelOf = (lane: number) => Math.floor((4 * phase + lane) / multiplier);
  const first = channelOf(0);
  const lanes: Lanes = [0, channelOf(1) - first, channelOf(2) - first, channelOf(3) - first];
  return { offset: first * 4, spread: (channels: F32x4) => channels.shuffle(channels, lanes) };
}

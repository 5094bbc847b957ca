import type { F32x4Variable, FunctionBuilder, I32Variable } from "../../assembler/functionBuilder.js";
import type { ModuleBuilder } from "../../assembler/moduleBuilder.js";
import { F32, type I32 } from "../../assembler/scalars.js";
import { F32x4 } from "../../assembler/vectors.js";
import { existing, larger, PRODUCT_PARAMETERS, type RowProducts, termsOf } from "./rowProducts.js";
import { evenTiles } from "./tiles.js";

/** Runs of at most this many vectors are written out. */
const SHORT_RUN = 12;
const UNROLL = 2;
/**
 * The pixels of a tile by the number of channels. The sums, and what one step loads and multiplies, fit the sixteen
 * registers of x86. Tiles of 4 pixels and 3 channels took 1.6 times as long.
 */
const PIXELS_OF_TILE = [0, 5, 2, 2];

/**
 * The same function as `writeRowProducts` writes, for few channels. A vector holds four terms of one result. `panels`
 * holds w as [channels, terms]. If the length of a run is not a multiple of four, its last vectors are cut off.
 */
export function writeRowDots(module: ModuleBuilder, name: string, products: RowProducts, relaxedSimd: boolean): void {
  const { rows, x: xSteps, y: ySteps, clip } = products;
  module.function(name, PRODUCT_PARAMETERS, (f, p) => {
    const [row, image, above] = [f.i32(), f.i32(), f.i32()];
    const tile = new DotTile(f, products, relaxedSimd);
    if (products.bias) for (const [c, bias] of tile.bias.entries()) bias.set(F32.load(p.bias, c * 4));
    tile.mask.set(p.mask.sub(p.y));
    f.for(row, p.row, p.endRow, 1, () => {
      image.set(row.div(rows));
      above.set(row.rem(rows));
      tile.to.set(p.y.add(image.mul(ySteps.image)).add(above.mul(ySteps.row)));
      if (clip) above.advance(p.top);
      tile.from.set(p.x.add(image.mul(xSteps.image)).add(above.mul(xSteps.row)));
      const [first, end] = clip ? existing(above, clip) : [p.run, p.endRun];
      tile.setRuns(p.panels, clip ? larger(p.run, first) : first, clip ? p.endRun.min(end) : end);
      tile.writeRow();
    });
  });
}

/** Some pixels of a row and all channels. */
class DotTile {
  readonly from: I32Variable;
  readonly to: I32Variable;
  readonly mask: I32Variable;
  readonly bias;
  readonly #weights: I32Variable;
  readonly #runs: I32Variable;
  readonly #at: I32Variable;
  readonly #weight: I32Variable;
  readonly #end: I32Variable;
  readonly #tileEnd: I32Variable;
  readonly #runRow: I32Variable;
  readonly #runColumn: I32Variable;
  readonly #sums: readonly F32x4Variable[];
  readonly #columns: readonly F32x4Variable[];
  readonly #value: F32x4Variable;
  readonly #result;
  readonly #pixels: number;

  constructor(
    private readonly f: FunctionBuilder,
    private readonly products: RowProducts,
    private readonly relaxedSimd: boolean,
  ) {
    const { channels } = products;
    [this.from, this.to, this.mask] = [f.i32(), f.i32(), f.i32()];
    [this.#weights, this.#runs, this.#at, this.#weight] = [f.i32(), f.i32(), f.i32(), f.i32()];
    [this.#end, this.#tileEnd, this.#runRow, this.#runColumn] = [f.i32(), f.i32(), f.i32(), f.i32()];
    this.bias = Array.from({ length: products.bias ? channels : 0 }, () => f.f32());
    this.#pixels = PIXELS_OF_TILE[channels] ?? 2;
    this.#sums = f.vectors(this.#pixels * channels);
    this.#columns = f.vectors(channels);
    this.#value = f.f32x4();
    this.#result = f.f32();
  }

  /** As `ProductTile.setRuns`. */
  setRuns(weights: I32, first: I32, end: I32): void {
    const { rowStep, columns, length } = this.products.runs;
    this.#runRow.set(first);
    this.#runs.set(end);
    this.#runs.set(this.#runs.sub(this.#runRow).when(this.#runRow.less(this.#runs), 0));
    this.from.advance(this.#runRow.mul(rowStep));
    this.#weights.set(weights.add(this.#runRow.mul(columns * length * 4)));
  }

  writeRow(): void {
    const { f, products } = this;
    for (const { pixels, count } of evenTiles(products.pixels, this.#pixels)) {
      this.#tileEnd.set(this.from.add(count * pixels * products.x.pixel));
      f.until(this.from, this.#tileEnd, pixels * products.x.pixel, () => {
        this.#write(pixels);
        this.to.advance(pixels * products.y.pixel);
      });
    }
  }

  #write(pixels: number): void {
    const { f, products } = this;
    const { channels, runs } = products;
    const sums = this.#sums.slice(0, pixels * channels);
    for (const sum of sums) sum.set(F32x4.of(0));
    this.#at.set(this.from);
    this.#weight.set(this.#weights);
    f.for(this.#runRow, 0, this.#runs, 1, () => {
      if (runs.columns === 1) this.#run(sums);
      else {
        this.#runColumn.set(0);
        f.until(this.#runColumn, runs.columns, 1, () => {
          this.#run(sums);
          this.#at.advance(runs.columnStep - runs.length * 4);
        });
      }
      this.#at.advance(runs.rowStep - (runs.columns > 1 ? runs.columns * runs.columnStep : runs.length * 4));
    });
    for (const [i, sum] of sums.entries()) {
      const [pixel, channel] = [Math.floor(i / channels), i % channels];
      this.#store(sum, channel, pixel * products.y.pixel + channel * 4);
    }
  }

  #run(sums: readonly F32x4Variable[]): void {
    const { f } = this;
    const { length } = this.products.runs;
    if (length <= 4 * SHORT_RUN) {
      f.inBlocks(Math.ceil(length / 4), this.#at, (j) => this.#step(sums, j * 16, Math.min(4, length - 4 * j)));
      this.#at.advance(length * 4);
      this.#weight.advance(length * 4);
      return;
    }
    const left = length % 4;
    this.#end.set(this.#at.add((length - left) * 4));
    f.unrolledUntil(this.#at, this.#end, 16, UNROLL, () => {
      this.#step(sums, 0, 4);
      this.#weight.advance(16);
    });
    if (left === 0) return;
    this.#step(sums, 0, left);
    this.#at.advance(left * 4);
    this.#weight.advance(left * 4);
  }

  /** At most four terms of each result. */
  #step(sums: readonly F32x4Variable[], offset: number, terms: number): void {
    const { channels, x, runs } = this.products;
    for (const [c, column] of this.#columns.entries()) {
      column.set(F32x4.load(this.#weight, c * termsOf(runs) * 4 + offset).first(terms));
    }
    for (let pixel = 0; pixel * channels < sums.length; pixel++) {
      this.#value.set(F32x4.load(this.#at, pixel * x.pixel + offset).first(terms));
      for (const [c, column] of this.#columns.entries()) {
        const sum = sums[pixel * channels + c];
        sum?.set(this.relaxedSimd ? this.#value.relaxedMadd(column, sum) : sum.add(this.#value.mul(column)));
      }
    }
  }

  #store(sum: F32x4, channel: number, offset: number): void {
    const { f } = this;
    const { finish } = this.products;
    const total = sum
      .lane(0)
      .add(sum.lane(1))
      .add(sum.lane(2).add(sum.lane(3)));
    const bias = this.bias[channel];
    const result = this.#result;
    result.set(bias ? total.add(bias) : total);
    // Comparisons with NaN are false.
    const rejected =
      finish === "mask" ? F32.load(this.to.add(this.mask), offset).atMost(F32.of(0)) : result.less(F32.of(0));
    f.store(this.to, finish === "none" ? result : F32.of(0).when(rejected, result), offset);
  }
}

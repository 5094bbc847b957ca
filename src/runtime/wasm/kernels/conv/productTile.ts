import type { F32x4Variable, FunctionBuilder, I32Variable } from "../../assembler/functionBuilder.js";
import type { I32 } from "../../assembler/scalars.js";
import { F32x4 } from "../../assembler/vectors.js";
import { cutIntoPanels } from "./packPanels.js";
import type { RowProducts } from "./rowProducts.js";
import { evenTiles } from "./tiles.js";

/** Runs of at most this length are written out step by step. */
const SHORT_RUN = 8;
const UNROLL = 4;

/**
 * Writes the code of a tile: some pixels of a row, and the channels of a panel. Its sums stay in registers. V8 is
 * quickest with one step of the sum in each basic block: see `unrolledUntil`.
 */
export class ProductTile {
  /** The first pixel of x and of y. They move on from tile to tile. */
  readonly from: I32Variable;
  readonly to: I32Variable;
  /** The panel, and its part of the bias. */
  readonly panel: I32Variable;
  readonly bias: I32Variable;
  /** The bytes from y to the mask. */
  readonly mask: I32Variable;
  /** Where the weights of the row's runs begin, and the number of rows of runs. */
  readonly #weights: I32Variable;
  readonly #runs: I32Variable;
  /** Whether the sums are added to y, and whether they are complete afterwards. */
  readonly #goesOn: I32Variable;
  readonly #completes: I32Variable;
  readonly #at: I32Variable;
  readonly #weight: I32Variable;
  readonly #runWeights: I32Variable;
  readonly #end: I32Variable;
  readonly #tileEnd: I32Variable;
  readonly #runRow: I32Variable;
  readonly #runColumn: I32Variable;
  readonly #pixels: number;
  readonly #sums: readonly F32x4Variable[];
  readonly #columns: readonly F32x4Variable[];
  readonly #value: F32x4Variable;

  constructor(
    private readonly f: FunctionBuilder,
    private readonly products: RowProducts,
    private readonly relaxedSimd: boolean,
    /** Whether the sums are computed in several parts. */
    private readonly inParts: boolean,
  ) {
    [this.from, this.to, this.panel, this.bias, this.mask] = [f.i32(), f.i32(), f.i32(), f.i32(), f.i32()];
    [this.#weights, this.#runs, this.#goesOn, this.#completes] = [f.i32(), f.i32(), f.i32(), f.i32()];
    [this.#at, this.#weight, this.#runWeights, this.#end] = [f.i32(), f.i32(), f.i32(), f.i32()];
    [this.#tileEnd, this.#runRow, this.#runColumn] = [f.i32(), f.i32(), f.i32()];
    const { full, rest } = cutIntoPanels(products.channels);
    const narrow = full === 0 && rest <= 4;
    // Eight sums, and what V8 loads ahead of them, fill the registers.
    this.#pixels = narrow ? 8 : 4;
    this.#sums = f.vectors(narrow ? this.#pixels : 2 * this.#pixels);
    this.#columns = f.vectors(narrow ? 1 : 2);
    this.#value = f.f32x4();
  }

  /** The rows of runs that all tiles of a row add up. `from` has been set for the first of all rows of runs. */
  setRuns(columns: number, first: I32, end: I32): void {
    const { runs } = this.products;
    const weightBytes = runs.columns * runs.length * Math.ceil(columns / 4) * 16;
    this.#runRow.set(first);
    this.#runs.set(end);
    this.#runs.set(this.#runs.sub(this.#runRow).when(this.#runRow.less(this.#runs), 0));
    this.from.advance(this.#runRow.mul(runs.rowStep));
    this.#weights.set(this.panel.add(this.#runRow.mul(weightBytes)));
  }

  /** Which part of the sums is computed. */
  setPart(goesOn: I32, completes: I32): void {
    this.#goesOn.set(goesOn);
    this.#completes.set(completes);
  }

  /** All pixels of a row. */
  writeRow(columns: number): void {
    const { f, products } = this;
    for (const { pixels, count } of evenTiles(products.pixels, this.#pixels)) {
      this.#tileEnd.set(this.from.add(count * pixels * products.x.pixel));
      f.until(this.from, this.#tileEnd, pixels * products.x.pixel, () => {
        this.#write(pixels, columns);
        this.to.advance(pixels * products.y.pixel);
      });
    }
  }

  #write(pixels: number, columns: number): void {
    const vectors = Math.ceil(columns / 4);
    const sums = Array.from({ length: pixels }, (_, i) => this.#sums.slice(i * vectors, (i + 1) * vectors));
    this.#begin(sums);
    this.#at.set(this.from);
    this.#allRuns(vectors, (weightOffset) => {
      for (const [v, column] of this.#columns.slice(0, vectors).entries()) {
        column.set(F32x4.load(this.#weight, weightOffset + v * 16));
      }
      for (const [i, row] of sums.entries()) {
        this.#value.set(F32x4.splat(this.#at, i * this.products.x.pixel));
        for (const [v, sum] of row.entries()) sum.set(this.#multiplyAdd(this.#columns[v] ?? sum, sum));
      }
    });
    this.#finish(sums, columns);
  }

  #begin(sums: readonly (readonly F32x4Variable[])[]): void {
    const { f, products } = this;
    const set = (first: (v: number) => F32x4) => {
      for (const row of sums) for (const [v, sum] of row.entries()) sum.set(first(v));
    };
    const zero = () => set(() => F32x4.of(0));
    const bias = () => set((v) => F32x4.load(this.bias, v * 16));
    if (!products.bias) zero();
    else if (this.inParts) f.if(this.#goesOn, zero, bias);
    else bias();
  }

  #finish(sums: readonly (readonly F32x4Variable[])[], columns: number): void {
    const { f, products } = this;
    if (this.inParts) {
      // The parts are added up on their own: their errors are smaller than those of one long sum.
      f.if(this.#goesOn, () => {
        for (const [i, row] of sums.entries()) {
          for (const [v, sum] of row.entries()) {
            sum.set(F32x4.load(this.to, i * products.y.pixel + v * 16).add(sum));
          }
        }
      });
    }
    const store = (finish: "none" | "relu" | "mask") => {
      for (const [i, row] of sums.entries()) {
        for (const [v, sum] of row.entries()) {
          const offset = i * products.y.pixel + v * 16;
          f.storeLanes(this.to, this.#finished(sum, finish, offset), Math.min(4, columns - 4 * v), offset);
        }
      }
    };
    if (this.inParts && products.finish !== "none") {
      f.if(
        this.#completes,
        () => store(products.finish),
        () => store("none"),
      );
    } else store(products.finish);
  }

  #finished(sum: F32x4, finish: "none" | "relu" | "mask", offset: number): F32x4 {
    // NaN stays NaN, because the comparisons are false.
    if (finish === "relu") return sum.pseudoMax(F32x4.of(0));
    if (finish === "mask") return sum.whereNot(F32x4.load(this.to.add(this.mask), offset).atMost(F32x4.of(0)));
    return sum;
  }

  #multiplyAdd(weight: F32x4, sum: F32x4): F32x4 {
    return this.relaxedSimd ? this.#value.relaxedMadd(weight, sum) : sum.add(this.#value.mul(weight));
  }

  /** Walks through a window. `step` adds the products of one float of each pixel with the weights at an offset. */
  #allRuns(vectors: number, step: (weightOffset: number) => void): void {
    const { f } = this;
    const { clip, runs } = this.products;
    const { rows, columns, length, rowStep, columnStep } = runs;
    if (rows * columns * length === 0) return;
    const rowOfRuns = () => {
      repeat(f, this.#runColumn, columns, () => {
        this.#run(length, vectors * 16, step);
        if (columns > 1) this.#at.advance(columnStep - length * 4);
      });
      if (rows > 1) this.#at.advance(rowStep - (columns > 1 ? columns * columnStep : length * 4));
    };
    if (clip || this.inParts) {
      this.#weight.set(this.#weights);
      f.for(this.#runRow, 0, this.#runs, 1, rowOfRuns);
    } else {
      this.#weight.set(this.panel);
      repeat(f, this.#runRow, rows, rowOfRuns);
    }
  }

  #run(length: number, weightStep: number, step: (weightOffset: number) => void): void {
    const { f } = this;
    if (length <= SHORT_RUN) {
      f.inBlocks(length, this.#at, (j) => {
        step(j * weightStep);
        this.#at.advance(4);
      });
      this.#weight.advance(length * weightStep);
      return;
    }
    this.#end.set(this.#at.add(length * 4));
    this.#runWeights.set(this.#weight);
    f.unrolledUntil(
      ...([this.#at, this.#end, 4, UNROLL] as const),
      (copy) => step(copy * weightStep),
      () => this.#weight.advance(UNROLL * weightStep),
    );
    this.#weight.set(this.#runWeights.add(length * weightStep));
  }
}

/** A body, once or in a loop. */
function repeat(f: FunctionBuilder, counter: I32Variable, count: number, body: () => void): void {
  if (count === 1) {
    body();
    return;
  }
  counter.set(0);
  f.until(counter, count, 1, body);
}

import type { FunctionBuilder, I32Variable } from "../../assembler/functionBuilder.js";
import type { ModuleBuilder } from "../../assembler/moduleBuilder.js";
import { F32x4 } from "../../assembler/values.js";
import { cutIntoPanels, PANEL_COLUMNS, PANEL_ROW_BYTES } from "./packPanels.js";

/** The bytes from an image, a row of pixels, or a pixel to the next. */
export interface Steps {
  readonly image: number;
  readonly row: number;
  readonly pixel: number;
}

/**
 * Sums of products over images of `rows` × `pixels` outputs with `channels` channels:
 *
 *     y[image, row, pixel, k] = Σ over r, s, j of x[image, row, pixel, r, s, j] · w[r, s, j, k]
 *
 * r and s count the runs of a window, and j the floats of a run, which lie side by side.
 */
export interface RowProducts {
  readonly rows: number;
  readonly pixels: number;
  readonly channels: number;
  readonly x: Steps;
  readonly y: Steps;
  readonly runs: Runs;
  /** Whether sums begin with a bias. */
  readonly bias: boolean;
  /** Whether negative results become 0. */
  readonly relu: boolean;
}

/** The runs of a window: `rows` × `columns` of `length` floats, and the bytes from one to the next. */
export interface Runs {
  readonly rows: number;
  readonly columns: number;
  readonly length: number;
  readonly rowStep: number;
  readonly columnStep: number;
}

/** The terms of a sum. */
export function termsOf({ rows, columns, length }: Runs): number {
  return rows * columns * length;
}

/** Runs of at most this length are written out step by step. */
const SHORT_RUN = 8;
const UNROLL = 4;

/**
 * A function (x, panels, y, bias, row, endRow, panel, endPanel) that computes some channels of some rows. `row` counts
 * the rows of all images. `panels` is w, packed: see `Panels`.
 *
 * A tile of four pixels and eight channels stays in registers. V8 is quickest with one step of the sum in each basic
 * block.
 */
export function writeRowProducts(
  module: ModuleBuilder,
  name: string,
  products: RowProducts,
  { relaxedSimd }: { readonly relaxedSimd: boolean },
): void {
  const { rows, channels, x: xSteps, y: ySteps, runs } = products;
  const { full, rest } = cutIntoPanels(channels);
  const terms = termsOf(runs);
  const parameters = ["x", "panels", "y", "bias", "row", "endRow", "panel", "endPanel"] as const;
  module.function(name, parameters, (f, { x, panels, y, bias, row: first, endRow, panel, endPanel }) => {
    const [row, image, line] = [f.i32(), f.i32(), f.i32()];
    const tile = new Tile(f, products, relaxedSimd, full === 0 && rest <= 4);
    const somePanel = (columns: number) => {
      const at = panel.mul(PANEL_ROW_BYTES);
      tile.weights.set(panels.add(panel.mul(terms * PANEL_ROW_BYTES)));
      if (products.bias) tile.bias.set(bias.add(at));
      f.for(row, first, endRow, 1, () => {
        image.set(row.div(rows));
        line.set(row.rem(rows));
        tile.from.set(x.add(image.mul(xSteps.image)).add(line.mul(xSteps.row)));
        tile.to.set(y.add(at).add(image.mul(ySteps.image)).add(line.mul(ySteps.row)));
        tile.writeRow(columns);
      });
    };
    if (full > 0) {
      const fullEnd = rest > 0 ? endPanel.min(full) : endPanel;
      f.for(panel, undefined, fullEnd, 1, () => somePanel(PANEL_COLUMNS));
    }
    if (rest > 0) f.if(endPanel.differs(full), () => somePanel(rest));
  });
}

/** Some pixels of a row and the channels of one panel. */
class Tile {
  /** The first pixel of x and of y. They move on from tile to tile. */
  readonly from: I32Variable;
  readonly to: I32Variable;
  /** The panel, and its part of the bias. */
  readonly weights: I32Variable;
  readonly bias: I32Variable;
  readonly #at: I32Variable;
  readonly #weight: I32Variable;
  readonly #runWeights: I32Variable;
  readonly #end: I32Variable;
  readonly #tileEnd: I32Variable;
  readonly #runRow: I32Variable;
  readonly #runColumn: I32Variable;
  readonly #value: F32x4;
  readonly #setValue: (value: F32x4) => void;
  readonly #pixels: number;
  readonly #sums;
  readonly #columns;

  constructor(
    private readonly f: FunctionBuilder,
    private readonly products: RowProducts,
    private readonly relaxedSimd: boolean,
    narrow: boolean,
  ) {
    [this.from, this.to, this.weights, this.bias] = [f.i32(), f.i32(), f.i32(), f.i32()];
    [this.#at, this.#weight, this.#end, this.#tileEnd] = [f.i32(), f.i32(), f.i32(), f.i32()];
    [this.#runWeights, this.#runRow, this.#runColumn] = [f.i32(), f.i32(), f.i32()];
    // Twelve sums, two vectors of w and one value fill the registers. Only fused additions gain by so many.
    this.#pixels = narrow ? 8 : relaxedSimd ? 6 : 4;
    this.#sums = f.vectors(narrow ? this.#pixels : 2 * this.#pixels);
    this.#columns = f.vectors(2);
    const value = f.f32x4();
    this.#value = value;
    this.#setValue = (to) => value.set(to);
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
    const { f, products } = this;
    const vectors = Math.ceil(columns / 4);
    const sums = Array.from({ length: pixels }, (_, i) => this.#sums.slice(i * vectors, (i + 1) * vectors));
    for (const row of sums) {
      for (const [v, sum] of row.entries()) sum.set(products.bias ? F32x4.load(this.bias, v * 16) : F32x4.of(0));
    }
    this.#at.set(this.from);
    this.#weight.set(this.weights);
    this.#allRuns(vectors, (weightOffset) => {
      for (let v = 0; v < vectors; v++) this.#columns[v]?.set(F32x4.load(this.#weight, weightOffset + v * 16));
      for (const [i, row] of sums.entries()) {
        this.#setValue(F32x4.splat(this.#at, i * products.x.pixel));
        for (const [v, sum] of row.entries()) sum.set(this.#multiplyAdd(this.#columns[v] ?? F32x4.of(0), sum));
      }
    });
    for (const [i, row] of sums.entries()) {
      for (const [v, sum] of row.entries()) {
        // The sum is NaN, and not 0, if it is NaN.
        const result = products.relu ? sum.pseudoMax(F32x4.of(0)) : sum;
        f.storeLanes(this.to, result, Math.min(4, columns - 4 * v), i * products.y.pixel + v * 16);
      }
    }
  }

  #multiplyAdd(weight: F32x4, sum: F32x4): F32x4 {
    return this.relaxedSimd ? this.#value.relaxedMadd(weight, sum) : sum.add(this.#value.mul(weight));
  }

  /** Walks through a window. `step` adds the products of one float of each pixel with the weights at an offset. */
  #allRuns(vectors: number, step: (weightOffset: number) => void): void {
    const { f } = this;
    const { rows, columns, length, rowStep, columnStep } = this.products.runs;
    repeat(f, this.#runRow, rows, () => {
      repeat(f, this.#runColumn, columns, () => {
        this.#run(length, vectors * 16, step);
        if (columns > 1) this.#at.advance(columnStep - length * 4);
      });
      if (rows > 1) this.#at.advance(rowStep - (columns > 1 ? columns * columnStep : length * 4));
    });
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

/** A row of pixels in tiles of at most `most`, as even as possible: seven pixels are a tile of four and one of three. */
export function evenTiles(
  pixels: number,
  most: number,
): readonly { readonly pixels: number; readonly count: number }[] {
  const tiles = Math.ceil(pixels / most);
  const small = Math.floor(pixels / tiles);
  const large = pixels - small * tiles;
  return [
    { pixels: small + 1, count: large },
    { pixels: small, count: tiles - large },
  ].filter(({ count }) => count > 0);
}

import type { FunctionBuilder } from "../../assembler/functionBuilder.js";
import type { ModuleBuilder } from "../../assembler/moduleBuilder.js";
import { type I32, i32 } from "../../assembler/scalars.js";
import { cutIntoPanels, PANEL_COLUMNS, PANEL_ROW_BYTES } from "./packPanels.js";
import { ProductTile } from "./productTile.js";

/** The bytes from an image, a row of pixels, or a pixel to the next. */
export interface Steps {
  readonly image: number;
  readonly row: number;
  readonly pixel: number;
}

/**
 * Sums of products over images of `rows` × `pixels` outputs with `channels` channels:
 *
 *     y[image, row, pixel, k] = finish(bias[k] + Σ over r, s, j of x[image, row, pixel, r, s, j] · w[r, s, j, k])
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
  /** Set if some rows of runs lie outside of x. They are left out. */
  readonly clip?: Clip | undefined;
  /** Whether sums begin with a bias. */
  readonly bias: boolean;
  /** "relu": negative results become 0. "mask": results become 0 where another tensor of y's shape is at most 0. */
  readonly finish: "none" | "relu" | "mask";
  /** Whether `writeRowDots` writes the function: for few channels, and runs of a multiple of four floats. */
  readonly dots: boolean;
}

/** The runs of a window: `rows` × `columns` of `length` floats, and the bytes from one to the next. */
export interface Runs {
  readonly rows: number;
  readonly columns: number;
  readonly length: number;
  readonly rowStep: number;
  readonly columnStep: number;
}

/** x has `rows` rows. Each row of runs lies `step` rows below the one before it. */
export interface Clip {
  readonly rows: number;
  readonly step: number;
}

/** The terms of a sum. */
export function termsOf({ rows, columns, length }: Runs): number {
  return rows * columns * length;
}

/** The parameters of the function that `writeRowProducts` writes. */
export const PRODUCT_PARAMETERS = [
  // Addresses. `panels` is w, packed: see `Panels`. `mask` is that other tensor.
  ...(["x", "panels", "y", "bias", "mask"] as const),
  // The row of x where the first window begins, as a signed integer. Only for `clip`.
  "top",
  // The rows of runs that are added up.
  ...(["run", "endRun"] as const),
  // The results: rows, counted through all images, and panels.
  ...(["row", "endRow", "panel", "endPanel"] as const),
] as const;

/** So many rows of a panel stay in the caches while many pixels pass over them. */
export const CACHED_TERMS = 1024;

/** Writes a function that computes some channels of some rows. */
export function writeRowProducts(
  module: ModuleBuilder,
  name: string,
  products: RowProducts,
  relaxedSimd: boolean,
): void {
  const { rows, channels, x: xSteps, y: ySteps, runs, clip } = products;
  const { full, rest } = cutIntoPanels(channels);
  const panelBytes = termsOf(runs) * PANEL_ROW_BYTES;
  const atATime = Math.max(1, Math.floor(CACHED_TERMS / (runs.columns * runs.length)));
  const inChunks = atATime < runs.rows;
  module.function(name, PRODUCT_PARAMETERS, (f, p) => {
    const [row, image, line, chunk, endChunk, above] = [f.i32(), f.i32(), f.i32(), f.i32(), f.i32(), f.i32()];
    const tile = new ProductTile(f, products, relaxedSimd, inChunks);
    tile.mask.set(p.mask.sub(p.y));
    const someRows = (columns: number) => {
      f.for(row, p.row, p.endRow, 1, () => {
        image.set(row.div(rows));
        line.set(row.rem(rows));
        tile.to.set(at(p.y.add(p.panel.mul(PANEL_ROW_BYTES)), image, ySteps.image, line, ySteps.row));
        if (!clip) {
          tile.from.set(at(p.x, image, xSteps.image, line, xSteps.row));
          if (inChunks) tile.setRuns(columns, chunk, endChunk);
        } else {
          above.set(line.add(p.top));
          tile.from.set(at(p.x, image, xSteps.image, above, xSteps.row));
          const [first, end] = existing(above, clip);
          tile.setRuns(columns, larger(chunk, first), endChunk.min(end));
        }
        tile.writeRow(columns);
      });
    };
    const somePanel = (columns: number) => {
      tile.panel.set(p.panels.add(p.panel.mul(panelBytes)));
      if (products.bias) tile.bias.set(p.bias.add(p.panel.mul(PANEL_ROW_BYTES)));
      inParts(f, inChunks ? atATime : undefined, chunk, endChunk, p.run, p.endRun, () => {
        if (inChunks) tile.setPart(chunk.differs(p.run), endChunk.equals(p.endRun));
        someRows(columns);
      });
    };
    if (full > 0) {
      const end = rest > 0 ? p.endPanel.min(full) : p.endPanel;
      f.for(p.panel, undefined, end, 1, () => somePanel(PANEL_COLUMNS));
    }
    if (rest > 0) f.if(p.endPanel.atLeast(full + 1), () => somePanel(rest));
  });
}

/** The range from `first` up to `end`, `atATime` at a time, or all at once. */
function inParts(
  f: FunctionBuilder,
  atATime: number | undefined,
  part: ReturnType<FunctionBuilder["i32"]>,
  endPart: ReturnType<FunctionBuilder["i32"]>,
  first: I32,
  end: I32,
  body: () => void,
): void {
  if (atATime === undefined) {
    part.set(first);
    endPart.set(end);
    body();
    return;
  }
  f.for(part, first, end, atATime, () => {
    endPart.set(part.add(atATime).min(end));
    body();
  });
}

/** base + n · nBytes + m · mBytes */
function at(base: I32, n: I32, nBytes: number, m: I32, mBytes: number): I32 {
  return base.add(n.mul(nBytes)).add(m.mul(mBytes));
}

/** The rows of runs that exist in x, for a window that begins at row `above`: the first, and the one after the last. */
export function existing(above: I32, { rows, step }: Clip): readonly [I32, I32] {
  const begins = above.lessSigned(0);
  const first = i32(step - 1)
    .sub(above)
    .div(step)
    .when(begins, 0);
  const end = i32(rows - 1)
    .sub(above)
    .div(step)
    .add(1)
    .when(above.lessSigned(rows), 0);
  return [first, end];
}

/** The larger, as unsigned integers. */
export function larger(a: I32, b: I32): I32 {
  return a.when(a.atLeast(b), b);
}

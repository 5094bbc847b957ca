import type { ModuleBuilder } from "../../assembler/moduleBuilder.js";
import { I32 } from "../../assembler/scalars.js";
import { F32x4, I32x4 } from "../../assembler/vectors.js";
import { RegisterTile } from "../kit/registerTile.js";
import { NO_FLOOR } from "../kit/sumRows.js";
import { TileRows } from "../kit/tileRows.js";
import { PANEL_ROW_BYTES } from "./panels.js";

/** A tile of y that registers hold, and how its columns are stored. */
export interface TileShape {
  readonly rows: number;
  /** Each has four columns. */
  readonly vectors: number;
  /** The columns of the last vector, 1 to 4. */
  readonly lanes: number;
  /** Whether the rows of a tile are neighbours in memory, and `aStep` leads to the next term. If not, the other way round. */
  readonly transposeA: boolean;
  /** Whether b is in panels. */
  readonly packed: boolean;
  readonly hasBias: boolean;
}

/** The arguments of `writeTiles`' function. Steps are distances in bytes. */
export const TILE_PARAMETERS = [
  "a",
  "b",
  "y",
  "bias",
  "rows",
  "panels",
  "terms",
  "products",
  "aStep",
  "bTerm",
  "bPanel",
  "yRow",
  "aProduct",
  "bProduct",
  "yProduct",
  "floor",
] as const;

export type TileArguments = Readonly<Record<(typeof TILE_PARAMETERS)[number], number>>;

/** A part of b of so many rows stays in the first-level cache while all rows of a pass over it. */
const TERMS_OF_BLOCK = 256;
/** With so few rows, b passes once. It comes from memory faster if few of its rows take turns. */
const MOST_STREAMED_ROWS = 2;
const TERMS_OF_STREAM = 16;

/**
 * A part of y, for each of some products: max(floor, bias + Σ a[row, term] · b[term, column]), with the terms added in
 * order. `floor` is the bits of a float32. A panel of b has the columns of a tile.
 */
export function writeTiles(module: ModuleBuilder, name: string, shape: TileShape, relaxedSimd: boolean): void {
  const { rows: height, vectors, lanes, transposeA, packed, hasBias } = shape;
  module.function(name, TILE_PARAMETERS, (f, p) => {
    const termsOfBlock = height > MOST_STREAMED_ROWS ? TERMS_OF_BLOCK : TERMS_OF_STREAM;
    const [aRow, aTerm] = transposeA ? [I32.of(4), p.aStep] : [p.aStep, I32.of(4)];
    const [product, term, terms, panel, row] = [f.i32(), f.i32(), f.i32(), f.i32(), f.i32()];
    const [aBlock, aTile, a, aEnd] = [f.i32(), f.i32(), f.i32(), f.i32()];
    const [bBlock, b, bias, yPanel, yTile] = [f.i32(), f.i32(), f.i32(), f.i32(), f.i32()];
    const [aRows, yRows] = [new TileRows(f, height), new TileRows(f, height)];
    const floor = f.f32x4();
    const tile = new RegisterTile(f, height, vectors, relaxedSimd);

    const tileOfY = () => {
      aRows.set(aRow, p.rows.sub(row));
      yRows.set(p.yRow, p.rows.sub(row));
      f.if(
        term.equals(0),
        () => tile.set((_, vector) => (hasBias ? F32x4.load(bias, 16 * vector) : F32x4.of(0))),
        () => tile.set((i, vector) => F32x4.load(yRows.of(i, yTile), 16 * vector)),
      );
      a.set(aTile);
      b.set(bBlock);
      aEnd.set(a.add(terms.mul(aTerm)));
      f.unrolledUntil(
        a,
        aEnd,
        aTerm,
        4,
        (copy) => {
          const rowOfB = packed ? PANEL_ROW_BYTES * copy : 0;
          tile.multiplyAdd(
            (i) => F32x4.splat(aRows.of(i, a)),
            (vector) => F32x4.load(b, rowOfB + 16 * vector),
          );
          if (!packed) b.advance(p.bTerm);
        },
        () => {
          if (packed) b.advance(PANEL_ROW_BYTES * 4);
        },
      );
      tile.forEach((sum, i, vector) => {
        const isLast = vector === vectors - 1;
        f.storeLanes(yRows.of(i, yTile), sum.pseudoMax(floor), isLast ? lanes : 4, 16 * vector);
      });
    };

    f.for(product, 0, p.products, 1, () => {
      f.for(term, 0, p.terms, termsOfBlock, () => {
        terms.set(p.terms.sub(term).min(termsOfBlock));
        floor.set(I32x4.of(NO_FLOOR).asF32x4());
        f.if(term.add(terms).equals(p.terms), () => floor.set(I32x4.splatOf(p.floor).asF32x4()));
        aBlock.set(p.a.add(term.mul(aTerm)));
        bBlock.set(p.b.add(term.mul(p.bTerm)));
        bias.set(p.bias);
        yPanel.set(p.y);
        f.for(panel, 0, p.panels, 1, () => {
          aTile.set(aBlock);
          yTile.set(yPanel);
          f.for(row, 0, p.rows, height, () => {
            tileOfY();
            aTile.advance(aRow.mul(height));
            yTile.advance(p.yRow.mul(height));
          });
          bBlock.advance(p.bPanel);
          yPanel.advance(16 * vectors);
          bias.advance(16 * vectors);
        });
      });
      p.a.advance(p.aProduct);
      p.b.advance(p.bProduct);
      p.y.advance(p.yProduct);
    });
  });
}

import type { ModuleBuilder } from "../../assembler/moduleBuilder.js";
import { F32, I32 } from "../../assembler/scalars.js";
import { F32x4, I32x4 } from "../../assembler/vectors.js";
import { RegisterTile } from "../kit/registerTile.js";
import { TileRows } from "../kit/tileRows.js";

/** The rows and columns of y that are computed at the same time. */
export interface DotShape {
  readonly rows: number;
  readonly columns: number;
  readonly hasBias: boolean;
}

/** The arguments of `writeDots`' function. Steps are distances in bytes. */
export const DOT_PARAMETERS = [
  "a",
  "b",
  "y",
  "bias",
  "rows",
  "columns",
  "terms",
  "products",
  "aRow",
  "bColumn",
  "yRow",
  "aProduct",
  "bProduct",
  "yProduct",
  "floor",
] as const;

export type DotArguments = Readonly<Record<(typeof DOT_PARAMETERS)[number], number>>;

/**
 * A part of y, for each of some products: max(floor, bias + Σ a[row, term] · b[column, term]). The terms of a row and of
 * a column are neighbours in memory. Each lane adds every fourth term, and the four lanes are added at the end.
 */
export function writeDots(
  module: ModuleBuilder,
  name: string,
  { rows: height, columns: width, hasBias }: DotShape,
  relaxedSimd: boolean,
): void {
  module.function(name, DOT_PARAMETERS, (f, p) => {
    const [product, row, column] = [f.i32(), f.i32(), f.i32()];
    const [aTile, a, aEnd, bTile, b, bias, yTile] = [f.i32(), f.i32(), f.i32(), f.i32(), f.i32(), f.i32(), f.i32()];
    const [aRows, yRows] = [new TileRows(f, height), new TileRows(f, height)];
    const [bColumns, yColumns] = [new TileRows(f, width), new TileRows(f, width)];
    const tile = new RegisterTile(f, height, width, relaxedSimd);
    const floor = f.f32(I32x4.splatOf(p.floor).asF32x4().lane(0));
    const lastTerms = f.i32x4(I32x4.ofLanes([0, 1, 2, 3]).less(I32x4.splatOf(p.terms.and(3))));
    const sum = f.f32();

    const tileOfY = () => {
      aRows.set(p.aRow, p.rows.sub(row));
      yRows.set(p.yRow, p.rows.sub(row));
      tile.set(() => F32x4.of(0));
      a.set(aTile);
      b.set(bTile);
      const multiplyAdd = (used: (x: F32x4) => F32x4) =>
        tile.multiplyAdd(
          (i) => used(F32x4.load(aRows.of(i, a))),
          (j) => used(F32x4.load(bColumns.of(j, b))),
        );
      aEnd.set(a.add(p.terms.shiftRight(2).shiftLeft(4)));
      f.if(a.differs(aEnd), () =>
        f.unrolledUntil(a, aEnd, 16, 4, () => {
          multiplyAdd((x) => x);
          b.advance(16);
        }),
      );
      f.if(p.terms.and(3), () => multiplyAdd((x) => x.where(lastTerms)));
      tile.forEach((lanes, i, j) => {
        sum.set(
          lanes
            .lane(0)
            .add(lanes.lane(1))
            .add(lanes.lane(2).add(lanes.lane(3))),
        );
        if (hasBias) sum.set(sum.add(F32.load(yColumns.of(j, bias))));
        f.store(yRows.of(i, yColumns.of(j, yTile)), floor.when(sum.less(floor), sum));
      });
    };

    f.for(product, 0, p.products, 1, () => {
      bTile.set(p.b);
      bias.set(p.bias);
      f.for(column, 0, p.columns, width, () => {
        bColumns.set(p.bColumn, p.columns.sub(column));
        yColumns.set(I32.of(4), p.columns.sub(column));
        aTile.set(p.a);
        yTile.set(p.y.add(column.shiftLeft(2)));
        f.for(row, 0, p.rows, height, () => {
          tileOfY();
          aTile.advance(p.aRow.mul(height));
          yTile.advance(p.yRow.mul(height));
        });
        bTile.advance(p.bColumn.mul(width));
        bias.advance(4 * width);
      });
      p.a.advance(p.aProduct);
      p.b.advance(p.bProduct);
      p.y.advance(p.yProduct);
    });
  });
}

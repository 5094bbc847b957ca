import type { ModuleBuilder } from "../../assembler/moduleBuilder.js";
import { I32 } from "../../assembler/scalars.js";
import { F32x4 } from "../../assembler/vectors.js";
import { RegisterTile } from "../kit/registerTile.js";
import { TileRows } from "../kit/tileRows.js";
import type { Steps } from "./rowProducts.js";
import { type Taps, TileTaps } from "./windowTaps.js";

/**
 * Sums over the outputs of some rows of images, for each tap and each channel k of a group:
 *
 *     dw[tap, k] = Σ x[image, row, pixel, tap] · dy[image, row, pixel, k]
 *
 * A tap is a float of a window: filter row, filter column, input channel. dy and dw have no gaps.
 */
export interface FilterProducts {
  /** The output rows of an image, and the pixels of a row. */
  readonly rows: number;
  readonly pixels: number;
  /** The bytes from a window to the next. */
  readonly x: Steps;
  readonly taps: Taps;
  /** The channels of dy. */
  readonly channels: number;
  readonly channelsOfGroup: number;
}

/** Jobs begin at multiples of so many taps. */
export const TAPS_OF_UNIT = 8;

/** Rows of so many bytes stay in the second-level cache while all tiles pass over them. */
const BYTES_OF_BLOCK = 2 ** 16;

/** Some columns of a group: panels of equal width, each of one or two vectors. */
interface Strip {
  readonly first: number;
  readonly panels: number;
  readonly vectors: number;
  readonly lanes: number;
}

/**
 * A function (x, dy, dw, row, endRow, tap, endTap, group, endGroup) that computes some taps of some groups, as sums over
 * the rows from `row` up to `endRow`. It sums blocks of rows, and adds these sums in order.
 */
export function writeFilterProducts(
  module: ModuleBuilder,
  name: string,
  products: FilterProducts,
  relaxedSimd: boolean,
): void {
  const { rows, pixels, x: steps, taps, channels, channelsOfGroup } = products;
  const pixelOfDy = 4 * channels;
  const rowsOfBlock = Math.max(1, Math.floor(BYTES_OF_BLOCK / Math.max(pixels * steps.pixel, pixels * pixelOfDy)));
  const imagesFollow = steps.image === rows * steps.row;
  const parameters = ["x", "dy", "dw", "row", "endRow", "tap", "endTap", "group", "endGroup"] as const;
  module.function(name, parameters, (f, p) => {
    const [block, blockEnd, row, firstLine, line] = [f.i32(), f.i32(), f.i32(), f.i32(), f.i32()];
    const [tap, group, panelEnd] = [f.i32(), f.i32(), f.i32()];
    const [xBlock, xTile, a] = [f.i32(), f.i32(), f.i32()];
    const [dyBlock, dyPanel, b, bEnd] = [f.i32(), f.i32(), f.i32(), f.i32()];
    const dwPanel = f.i32();

    /** Adds the products of all pixels of a block. */
    const sumOfBlock = (tile: RegisterTile, tapsOfTile: TileTaps) => {
      tile.set(() => F32x4.of(0));
      a.set(xTile);
      b.set(dyPanel);
      row.set(block);
      if (!imagesFollow) line.set(firstLine);
      f.until(row, blockEnd, 1, () => {
        bEnd.set(b.add(pixels * pixelOfDy));
        f.unrolledUntil(b, bEnd, pixelOfDy, Math.min(pixels, 4), () => {
          tile.multiplyAdd(
            (i) => F32x4.splat(tapsOfTile.of(i, a)),
            (vector) => F32x4.load(b, 16 * vector),
          );
          a.advance(steps.pixel);
        });
        a.advance(steps.row - pixels * steps.pixel);
        if (imagesFollow) return;
        line.advance(1);
        f.if(line.equals(rows), () => {
          line.set(0);
          a.advance(steps.image - rows * steps.row);
        });
      });
    };

    const strip = ({ first, panels, vectors, lanes }: Strip) => {
      const height = vectors === 1 ? 8 : 4;
      const tile = new RegisterTile(f, height, vectors, relaxedSimd);
      const tileTaps = new TileTaps(f, height, taps);
      const dwRows = new TileRows(f, height);
      return () =>
        f.for(tap, p.tap, p.endTap, height, () => {
          tileTaps.set(tap, p.endTap);
          dwRows.set(I32.of(pixelOfDy), p.endTap.sub(tap));
          xTile.set(xBlock.add(tileTaps.first));
          dyPanel.set(dyBlock.add(4 * first));
          dwPanel.set(p.dw.add(tap.mul(pixelOfDy)).add(4 * first));
          panelEnd.set(dyPanel.add(16 * vectors * panels));
          f.until(dyPanel, panelEnd, 16 * vectors, () => {
            sumOfBlock(tile, tileTaps);
            // All are read before the first is written: a tap that is there twice must not be added twice.
            f.if(block.differs(p.row), () =>
              tile.forEach((sum, i, vector) => {
                sum.set(F32x4.load(dwRows.of(i, dwPanel), 16 * vector).add(sum));
              }),
            );
            tile.forEach((sum, i, vector) => {
              f.storeLanes(dwRows.of(i, dwPanel), sum, vector === vectors - 1 ? lanes : 4, 16 * vector);
            });
            dwPanel.advance(16 * vectors);
          });
        });
    };
    const strips = stripsOf(channelsOfGroup).map(strip);

    p.x.advance(p.group.mul(4 * taps.channels));
    p.dy.advance(p.group.mul(4 * channelsOfGroup));
    p.dw.advance(p.group.mul(4 * channelsOfGroup));
    f.for(group, p.group, p.endGroup, 1, () => {
      f.for(block, p.row, p.endRow, rowsOfBlock, () => {
        blockEnd.set(block.add(rowsOfBlock).min(p.endRow));
        firstLine.set(block.rem(rows));
        xBlock.set(p.x.add(block.div(rows).mul(steps.image)).add(firstLine.mul(steps.row)));
        dyBlock.set(p.dy.add(block.mul(pixels * pixelOfDy)));
        for (const write of strips) write();
      });
      p.x.advance(4 * taps.channels);
      p.dy.advance(4 * channelsOfGroup);
      p.dw.advance(4 * channelsOfGroup);
    });
  });
}

/** Panels of two vectors, and a narrower one for the rest. */
function stripsOf(columns: number): readonly Strip[] {
  const [panels, rest] = [Math.floor(columns / 8), columns % 8];
  const vectors = Math.ceil(rest / 4);
  return [
    { first: 0, panels, vectors: 2, lanes: 4 },
    { first: 8 * panels, panels: 1, vectors, lanes: rest - 4 * (vectors - 1) },
  ].filter((strip) => strip.panels > 0 && strip.vectors > 0);
}

import type { ModuleBuilder } from "../../assembler/moduleBuilder.js";
import { F32x4 } from "../../assembler/vectors.js";
import { RegisterTile } from "../kit/registerTile.js";
import type { Steps } from "./rowProducts.js";
import { evenTiles } from "./tiles.js";
import { type Taps, TileTaps, tapCount } from "./windowTaps.js";

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

/** Some channels of a group, in panels of one or two vectors each. */
export interface Strip {
  readonly first: number;
  readonly panels: number;
  readonly vectors: number;
  /** The channels of the last vector, 1 to 4. */
  readonly lanes: number;
}

/** The channels of a group: panels of two vectors, and a narrower one for the rest. */
export function stripsOf(channels: number): readonly Strip[] {
  const [panels, rest] = [Math.floor(channels / 8), channels % 8];
  const vectors = Math.ceil(rest / 4);
  return [
    { first: 0, panels, vectors: 2, lanes: 4 },
    { first: 8 * panels, panels: Math.min(rest, 1), vectors, lanes: rest - 4 * (vectors - 1) },
  ].filter((strip) => strip.panels > 0);
}

/** The taps in tiles. More than six rows do not leave enough registers for their addresses. */
export function tilesOf(taps: Taps, { vectors }: Strip): ReturnType<typeof evenTiles> {
  return evenTiles(tapCount(taps), vectors === 1 ? 6 : 4);
}

/** Rows of so many bytes stay in the second-level cache while all tiles pass over them. */
const BYTES_OF_BLOCK = 2 ** 16;

/**
 * A function (x, dy, dw, row, endRow, tile, endTile, group, endGroup) that computes the channels of a strip, for some
 * tiles of taps and some groups, as sums over the rows from `row` up to `endRow`. It sums blocks of rows, and adds these
 * sums in order.
 */
export function writeFilterProducts(
  module: ModuleBuilder,
  name: string,
  products: FilterProducts,
  strip: Strip,
  relaxedSimd: boolean,
): void {
  const { rows, pixels, x: steps, taps, channels, channelsOfGroup } = products;
  const { first, panels, vectors, lanes } = strip;
  const pixelOfDy = 4 * channels;
  const rowsOfBlock = Math.max(1, Math.floor(BYTES_OF_BLOCK / (pixels * Math.max(steps.pixel, pixelOfDy))));
  const imagesFollow = steps.image === rows * steps.row;
  const parameters = ["x", "dy", "dw", "row", "endRow", "tile", "endTile", "group", "endGroup"] as const;
  module.function(name, parameters, (f, p) => {
    const [block, blockEnd, row, firstLine, line] = [f.i32(), f.i32(), f.i32(), f.i32(), f.i32()];
    const [tile, tap, group, panelEnd] = [f.i32(), f.i32(), f.i32(), f.i32()];
    const [xBlock, xTile, a] = [f.i32(), f.i32(), f.i32()];
    const [dyBlock, dyPanel, b, bEnd] = [f.i32(), f.i32(), f.i32(), f.i32()];
    const dwPanel = f.i32();

    /** Adds the products of all pixels of a block. */
    const sumBlock = (sums: RegisterTile, tileTaps: TileTaps) => {
      sums.set(() => F32x4.of(0));
      a.set(xTile);
      b.set(dyPanel);
      row.set(block);
      if (!imagesFollow) line.set(firstLine);
      f.until(row, blockEnd, 1, () => {
        bEnd.set(b.add(pixels * pixelOfDy));
        f.unrolledUntil(b, bEnd, pixelOfDy, Math.min(pixels, 4), () => {
          sums.multiplyAdd(
            (i) => F32x4.splat(tileTaps.of(i, a)),
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

    /** All panels of the strip for a tile of taps. */
    const sumTile = (sums: RegisterTile, tileTaps: TileTaps) => {
      tileTaps.set(tap);
      xTile.set(xBlock.add(tileTaps.first));
      dyPanel.set(dyBlock.add(4 * first));
      dwPanel.set(p.dw.add(4 * first).add(tap.mul(pixelOfDy)));
      panelEnd.set(dyPanel.add(16 * vectors * panels));
      f.until(dyPanel, panelEnd, 16 * vectors, () => {
        sumBlock(sums, tileTaps);
        f.if(block.differs(p.row), () =>
          sums.forEach((sum, i, vector) => {
            sum.set(F32x4.load(dwPanel, i * pixelOfDy + 16 * vector).add(sum));
          }),
        );
        sums.forEach((sum, i, vector) => {
          f.storeLanes(dwPanel, sum, vector === vectors - 1 ? lanes : 4, i * pixelOfDy + 16 * vector);
        });
        dwPanel.advance(16 * vectors);
      });
    };

    /** The tiles of the job. The second kind goes on where the first one ends. */
    const sumTiles = () => {
      tile.set(p.tile);
      let [firstTile, firstTap] = [0, 0];
      for (const { pixels: height, count } of tilesOf(taps, strip)) {
        const sums = new RegisterTile(f, height, vectors, relaxedSimd);
        const tileTaps = new TileTaps(f, height, taps);
        const offset = firstTap - firstTile * height;
        f.for(tile, undefined, p.endTile.min(firstTile + count), 1, () => {
          tap.set(tile.mul(height).add(offset));
          sumTile(sums, tileTaps);
        });
        firstTile += count;
        firstTap += count * height;
      }
    };

    p.x.advance(p.group.mul(4 * taps.channels));
    p.dy.advance(p.group.mul(4 * channelsOfGroup));
    p.dw.advance(p.group.mul(4 * channelsOfGroup));
    f.for(group, p.group, p.endGroup, 1, () => {
      f.for(block, p.row, p.endRow, rowsOfBlock, () => {
        blockEnd.set(block.add(rowsOfBlock).min(p.endRow));
        firstLine.set(block.rem(rows));
        xBlock.set(p.x.add(block.div(rows).mul(steps.image)).add(firstLine.mul(steps.row)));
        dyBlock.set(p.dy.add(block.mul(pixels * pixelOfDy)));
        sumTiles();
      });
      p.x.advance(4 * taps.channels);
      p.dy.advance(4 * channelsOfGroup);
      p.dw.advance(4 * channelsOfGroup);
    });
  });
}

/** Paints strips. It runs four times a second while a network learns, so colours come from tables. */
import { blueRed, type ColourMap, ink, type Paper, teal } from "../../../colours.js";
import type { HostTensor } from "../../../images.js";
import type { Rect, Strip, Tile } from "./geometry.js";
import type { Matrix } from "./values.js";

export type Scale = "signed" | "magnitude" | "ink";

/** The colours of a scale whose limit is 1. */
export const colourMap = (scale: Scale, paper: Paper): ColourMap =>
  scale === "signed" ? blueRed(1, paper) : scale === "magnitude" ? teal(1, paper) : ink(1, paper);

const STEPS = 256;
const LINES: Readonly<Record<Paper, readonly [number, number, number]>> = {
  white: [223, 226, 232],
  dark: [48, 54, 66],
};

export interface Palette {
  /** From the least value to the limit, and one more for NaN. */
  readonly colours: Uint32Array;
  readonly twoSided: boolean;
  readonly line: number;
}

const palettes = new Map<string, Palette>();

export function paletteOf(scale: Scale, paper: Paper): Palette {
  const key = `${scale} ${paper}`;
  const known = palettes.get(key);
  if (known) return known;
  const { rgb, twoSided } = colourMap(scale, paper);
  const colours = new Uint32Array(2 * STEPS + 2);
  for (let i = 0; i <= 2 * STEPS; i++) colours[i] = packed(rgb(twoSided ? i / STEPS - 1 : i / (2 * STEPS)));
  colours[2 * STEPS + 1] = packed(rgb(Number.NaN));
  const palette = { colours, twoSided, line: packed(LINES[paper]) };
  palettes.set(key, palette);
  return palette;
}

/** As a canvas holds a pixel: red, green, blue and opaque, in the order of bytes. */
function packed([red, green, blue]: readonly [number, number, number]): number {
  const bytes = Uint8Array.of(red, green, blue, 255);
  return new Uint32Array(bytes.buffer)[0] ?? 0;
}

function colourOf({ colours, twoSided }: Palette, share: number): number {
  if (Number.isNaN(share)) return colours[2 * STEPS + 1] ?? 0;
  const clipped = Math.min(1, Math.max(twoSided ? -1 : 0, share));
  return colours[Math.round(twoSided ? (clipped + 1) * STEPS : clipped * 2 * STEPS)] ?? 0;
}

/** The pixels of a strip, to be painted again and again. */
export interface Sheet {
  readonly image: ImageData;
  readonly pixels: Uint32Array;
  readonly strip: Strip;
  readonly palette: Palette;
  readonly grain: number;
}

/** A sheet with hairlines around the places of all tiles, which are empty. */
export function sheetFor(strip: Strip, palette: Palette, grain: number): Sheet {
  const { rect, groups } = strip;
  const image = new ImageData(Math.round(rect.width / grain), Math.round(rect.height / grain));
  const sheet = { image, pixels: new Uint32Array(image.data.buffer), strip, palette, grain };
  const hairline = Math.round(1 / grain);
  for (const tile of groups.flatMap(({ tiles }) => tiles)) {
    const { x, y, width, height } = placeOf(sheet, tile);
    fill(sheet, palette.line, {
      x: x - hairline,
      y: y - hairline,
      width: width + 2 * hairline,
      height: height + 2 * hairline,
    });
    fill(sheet, colourOf(palette, 0), { x, y, width, height });
  }
  return sheet;
}

/** Paints the values of all tiles. */
export function paint(
  sheet: Sheet,
  { values }: HostTensor,
  matrix: (map: number, source: number) => Matrix,
  limit: number,
): void {
  const { pixels, palette, image, strip } = sheet;
  for (const { map, tiles } of strip.groups) {
    for (const tile of tiles) {
      const { rows, columns, source } = tile;
      const { x, y, width, side } = placeOf(sheet, tile);
      const { start, rowStep, columnStep } = matrix(map, source);
      for (let row = 0; row < rows; row++) {
        const first = (y + row * side) * image.width + x;
        for (let column = 0; column < columns; column++) {
          const value = values[start + row * rowStep + column * columnStep] ?? Number.NaN;
          const left = first + column * side;
          pixels.fill(colourOf(palette, value / limit), left, left + side);
        }
        // The other lines of a row of squares are like its first.
        for (let line = 1; line < side; line++) pixels.copyWithin(first + line * image.width, first, first + width);
      }
    }
  }
}

/** Where a tile's squares lie, in pixels. */
function placeOf({ strip, grain }: Sheet, { x, y, rows, columns, cell }: Tile): Rect & { readonly side: number } {
  const at = (length: number) => Math.round(length / grain);
  const side = at(cell);
  return { x: at(x - strip.rect.x), y: at(y - strip.rect.y), width: columns * side, height: rows * side, side };
}

function fill({ pixels, image }: Sheet, colour: number, { x, y, width, height }: Rect): void {
  for (let row = y; row < y + height; row++) pixels.fill(colour, row * image.width + x, row * image.width + x + width);
}

/** Paints strips. It runs four times a second while a network learns, so colours come from tables. */
import { blueRed, type ColourMap, ink, type Paper, teal } from "../../../colours.js";
import type { HostTensor } from "../../../images.js";
import type { Rect, Strip } from "./geometry.js";
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

interface Palette {
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

export interface Painting {
  readonly strip: Strip;
  readonly tensor: HostTensor | undefined;
  readonly matrix: (map: number, source: number) => Matrix;
  readonly limit: number;
  readonly palette: Palette;
  readonly grain: number;
}

/** Paints all tiles of a strip, and hairlines around them. Without numbers there are only the hairlines. */
export function paint(pixels: Uint32Array, width: number, painting: Painting): void {
  const { strip, tensor, matrix, limit, palette, grain } = painting;
  const { x: left, y: top } = strip.rect;
  const at = (length: number) => Math.round(length / grain);
  const empty = colourOf(palette, 0);
  for (const { map, tiles } of strip.groups) {
    for (const { x, y, rows, columns, cell, source } of tiles) {
      const side = at(cell);
      const corner = { x: at(x - left), y: at(y - top) };
      const hairline = at(1);
      fill(pixels, width, palette.line, {
        x: corner.x - hairline,
        y: corner.y - hairline,
        width: columns * side + 2 * hairline,
        height: rows * side + 2 * hairline,
      });
      const { start, rowStep, columnStep } = matrix(map, source);
      for (let row = 0; row < rows; row++) {
        for (let column = 0; column < columns; column++) {
          const value = tensor?.values[start + row * rowStep + column * columnStep];
          const colour = tensor ? colourOf(palette, (value ?? Number.NaN) / limit) : empty;
          fill(pixels, width, colour, {
            x: corner.x + column * side,
            y: corner.y + row * side,
            width: side,
            height: side,
          });
        }
      }
    }
  }
}

function fill(pixels: Uint32Array, stride: number, colour: number, { x, y, width, height }: Rect): void {
  for (let row = y; row < y + height; row++) pixels.fill(colour, row * stride + x, row * stride + x + width);
}

import { createRequire } from "node:module";
import { createCanvas, GlobalFonts } from "@napi-rs/canvas";
import type { ColourMap, Rgb } from "./colours.js";
import { type ColourImage, coloured, type Image } from "./images.js";
import { encodePng } from "./png.js";

export const TEXT = { title: 36, heading: 19, body: 15, small: 13 } as const;
export const COLOUR = {
  text: "#1c202a",
  muted: "#626a78",
  line: "#d5d9e0",
  outline: "#7d8594",
  accent: "#d9770a",
  pale: "#f6d9b8",
  paper: "#ffffff",
} as const;

const FAMILY = "DejaVu Sans";
const BAR = { width: 220, height: 10 } as const;

interface TextStyle {
  readonly size?: number;
  readonly bold?: boolean;
  readonly colour?: string;
  readonly align?: "left" | "center" | "right";
  /** Extra pixels between letters. */
  readonly spacing?: number;
}

/** White paper to draw on. Lengths are in pixels. The y of a text is its baseline. */
export class Sheet {
  readonly #canvas;
  readonly #context;

  constructor(
    readonly width: number,
    readonly height: number,
  ) {
    const fonts = createRequire(import.meta.url);
    for (const file of ["DejaVuSans.ttf", "DejaVuSans-Bold.ttf"]) {
      GlobalFonts.registerFromPath(fonts.resolve(`dejavu-fonts-ttf/ttf/${file}`), FAMILY);
    }
    this.#canvas = createCanvas(width, height);
    this.#context = this.#canvas.getContext("2d");
    this.#context.fillStyle = COLOUR.paper;
    this.#context.fillRect(0, 0, width, height);
  }

  png(): Buffer {
    const { data } = this.#context.getImageData(0, 0, this.width, this.height);
    return encodePng(data, this.width, this.height);
  }

  text(text: string, x: number, y: number, style: TextStyle = {}): void {
    const { colour = COLOUR.text, align = "left" } = style;
    this.#setFont(style);
    this.#context.textAlign = align;
    this.#context.fillStyle = colour;
    this.#context.fillText(text, x, y);
  }

  /** The width of a text in pixels. */
  widthOf(text: string, style: TextStyle = {}): number {
    this.#setFont(style);
    return this.#context.measureText(text).width;
  }

  #setFont({ size = TEXT.body, bold = false, spacing = 0 }: TextStyle): void {
    this.#context.font = `${bold ? "bold " : ""}${size}px "${FAMILY}"`;
    this.#context.letterSpacing = `${spacing}px`;
  }

  /** Fills a rectangle. */
  fill(x: number, y: number, width: number, height: number, colour: string): void {
    this.#context.fillStyle = colour;
    this.#context.fillRect(x, y, width, height);
  }

  rule(x: number, y: number, width: number): void {
    this.#context.fillStyle = COLOUR.line;
    this.#context.fillRect(x, y, width, 1);
  }

  /** Draws an image: each element is a square of `scale` pixels, and a hairline surrounds the image. */
  image(image: Image, x: number, y: number, scale: number, map: ColourMap): void {
    this.colourImage(coloured(image, map), x, y, scale);
  }

  /** Draws an image that has colours, as `image` does. */
  colourImage({ height, width, at }: ColourImage, x: number, y: number, scale: number): void {
    for (let row = 0; row < height; row++) {
      for (let column = 0; column < width; column++) {
        this.#context.fillStyle = cssColour(at(row, column));
        this.#context.fillRect(x + column * scale, y + row * scale, scale, scale);
      }
    }
    this.frame(x, y, width * scale, height * scale, 1, COLOUR.line);
  }

  /** Draws a frame around a rectangle, outside of it. */
  frame(x: number, y: number, width: number, height: number, thickness: number, colour: string): void {
    this.#context.strokeStyle = colour;
    this.#context.lineWidth = thickness;
    this.#context.strokeRect(x - thickness / 2, y - thickness / 2, width + thickness, height + thickness);
  }

  /** Draws a line through points. */
  polyline(points: readonly (readonly [x: number, y: number])[], thickness: number, colour: string): void {
    this.#context.strokeStyle = colour;
    this.#context.lineWidth = thickness;
    this.#context.lineJoin = "round";
    this.#context.beginPath();
    for (const [x, y] of points) this.#context.lineTo(x, y);
    this.#context.stroke();
  }

  /** Draws the border between elements above `level` and the others, as a thin line. */
  contour({ height, width, at }: Image, x: number, y: number, scale: number, level: number): void {
    const inside = (row: number, column: number) =>
      row >= 0 && row < height && column >= 0 && column < width && at(row, column) > level;
    this.#context.fillStyle = COLOUR.outline;
    for (let row = 0; row <= height; row++) {
      for (let column = 0; column <= width; column++) {
        const here = inside(row, column);
        if (here !== inside(row - 1, column)) this.#context.fillRect(x + column * scale, y + row * scale, scale + 1, 1);
        if (here !== inside(row, column - 1)) this.#context.fillRect(x + column * scale, y + row * scale, 1, scale + 1);
      }
    }
  }

  /** Draws the colours of a map, with numbers at its ends, and zero in the middle of a map with two sides. */
  colourBar(map: ColourMap, x: number, y: number): void {
    const from = map.twoSided ? -map.limit : 0;
    for (let i = 0; i < BAR.width; i++) {
      this.#context.fillStyle = map.colour(from + ((i + 0.5) / BAR.width) * (map.limit - from));
      this.#context.fillRect(x + i, y, 1, BAR.height);
    }
    this.frame(x, y, BAR.width, BAR.height, 1, COLOUR.line);
    const style = { size: TEXT.small, colour: COLOUR.muted };
    const baseline = y + BAR.height + TEXT.small + 4;
    this.text(formatNumber(from), x, baseline, style);
    if (map.twoSided) this.text("0", x + BAR.width / 2, baseline, { ...style, align: "center" });
    this.text(formatNumber(map.limit), x + BAR.width, baseline, { ...style, align: "right" });
  }
}

const cssColour = (rgb: Rgb) => `rgb(${rgb.join(", ")})`;

/** Two significant digits, and a true minus sign. */
function formatNumber(value: number): string {
  const text = Math.abs(value) >= 100 ? value.toFixed(0) : String(Number(value.toPrecision(2)));
  return text.replace("-", "−");
}

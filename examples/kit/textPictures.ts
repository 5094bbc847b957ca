import { createRequire } from "node:module";
import { createCanvas, GlobalFonts } from "@napi-rs/canvas";
import type { ColourImage } from "../../demo/images.js";

/** A line of black text on white. Values from −1 to 1, as PP-OCR's nets take them: [48, width, 3]. */
export interface TextPicture {
  readonly width: number;
  readonly values: Float32Array;
  /** To show it. */
  readonly image: ColourImage;
}

const HEIGHT = 48;
const FAMILY = "example text";

/** Draws a line of text, 48 pixels high. @param width in pixels */
export function drawLine(text: string, width: number): TextPicture {
  if (!GlobalFonts.has(FAMILY)) {
    const file = createRequire(import.meta.url).resolve("dejavu-fonts-ttf/ttf/DejaVuSans.ttf");
    GlobalFonts.registerFromPath(file, FAMILY);
  }
  const context = createCanvas(width, HEIGHT).getContext("2d");
  context.fillStyle = "white";
  context.fillRect(0, 0, width, HEIGHT);
  context.fillStyle = "black";
  context.font = `30px "${FAMILY}"`;
  context.fillText(text, 6, 35);
  const { data } = context.getImageData(0, 0, width, HEIGHT);
  const byte = (pixel: number, channel: number) => data[4 * pixel + channel] ?? 0;
  const values = Float32Array.from(
    { length: width * HEIGHT * 3 },
    (_, i) => byte(Math.floor(i / 3), i % 3) / 127.5 - 1,
  );
  const image: ColourImage = {
    ...{ height: HEIGHT, width },
    at: (row, column) => {
      const pixel = row * width + column;
      return [byte(pixel, 0), byte(pixel, 1), byte(pixel, 2)];
    },
  };
  return { width, values, image };
}

/** Pictures of one width as a dataset's images: [N, 48, width, 3]. */
export function imagesOf(pictures: readonly TextPicture[]): { images: Float32Array; shape: number[] } {
  const width = pictures[0]?.width ?? 0;
  const size = HEIGHT * width * 3;
  const images = new Float32Array(pictures.length * size);
  for (const [i, { values }] of pictures.entries()) images.set(values, i * size);
  return { images, shape: [pictures.length, HEIGHT, width, 3] };
}

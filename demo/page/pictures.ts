import { digits } from "virtual:mnist";
import type { HostTensor } from "../images.js";
import { OWN_PICTURE_SIZE, type Settings } from "./settings.js";

/** A picture as the library takes it: [1, height, width, channels], from 0 to 1. */
export type Picture = HostTensor;

const DIGIT_SIZE = 28;
const PAINTING_SIZE = 32;

/** The picture that was chosen; a digit where the visitor's own is chosen and there is none. */
export function pictureOf({ picture, pixels }: Pick<Settings, "picture" | "pixels">): Picture {
  switch (picture) {
    case "rings":
      return paint(1, (x, y) => [0.5 + 0.5 * Math.cos(60 * Math.hypot(x - 0.5, y - 0.5) ** 1.5 * Math.SQRT2)]);
    case "house":
      return paint(1, (x, y) => [house(x, y)]);
    case "landscape":
      return paint(3, landscape);
    case "own":
      return pixels ? { shape: [1, OWN_PICTURE_SIZE, OWN_PICTURE_SIZE, 3], values: fromBase64(pixels) } : digit(0);
    default:
      return digit(Number(picture));
  }
}

/** Ink is 1. */
function digit(label: number): Picture {
  const size = DIGIT_SIZE ** 2;
  return { shape: [1, DIGIT_SIZE, DIGIT_SIZE, 1], values: fromBase64(digits).slice(label * size, (label + 1) * size) };
}

/** Says what is at a point of the unit square, y downwards. */
type Painting = (x: number, y: number) => readonly number[];

function paint(channels: number, painting: Painting): Picture {
  const size = PAINTING_SIZE;
  const samples = 4;
  const values = new Float32Array(size * size * channels);
  for (let i = 0; i < size * size; i++) {
    for (let sample = 0; sample < samples ** 2; sample++) {
      const x = ((i % size) + ((sample % samples) + 0.5) / samples) / size;
      const y = (Math.floor(i / size) + (Math.floor(sample / samples) + 0.5) / samples) / size;
      const colour = painting(x, y);
      for (let c = 0; c < channels; c++) {
        values[i * channels + c] = (values[i * channels + c] ?? 0) + (colour[c] ?? 0) / samples ** 2;
      }
    }
  }
  return { shape: [1, size, size, channels], values };
}

/** Straight and slanted edges: ink is 1. */
function house(x: number, y: number): number {
  const chimney = x > 0.66 && x < 0.76 && y > 0.14 && y < 0.4;
  if (chimney || (y > 0.1 && y < 0.46 && Math.abs(x - 0.5) < (y - 0.1) * 1.15)) return 0.85;
  if (x < 0.18 || x > 0.82 || y < 0.46 || y > 0.9) return 0;
  const door = x > 0.56 && x < 0.72 && y > 0.6;
  const pane = x > 0.27 && x < 0.45 && y > 0.56 && y < 0.74 && Math.abs(x - 0.36) > 0.012 && Math.abs(y - 0.65) > 0.012;
  return door || pane ? 1 : 0.4;
}

/** A sun over two hills, in red, green and blue. */
function landscape(x: number, y: number): readonly number[] {
  if (y > 0.78 + 0.08 * Math.sin(7 * x + 2)) return [0.16, 0.45, 0.2];
  if (y > 0.6 + 0.12 * Math.sin(5 * x)) return [0.42, 0.66, 0.25];
  if (Math.hypot(x - 0.72, y - 0.27) < 0.14) return [1, 0.83, 0.25];
  return [0.36 + 0.5 * y, 0.6 + 0.35 * y, 0.95];
}

/** An image file, cut to its middle square, as the address holds it. @throws where the browser cannot read it */
export async function readPicture(file: Blob): Promise<string> {
  const bitmap = await createImageBitmap(file);
  const side = Math.min(bitmap.width, bitmap.height);
  const canvas = new OffscreenCanvas(OWN_PICTURE_SIZE, OWN_PICTURE_SIZE);
  const context = canvas.getContext("2d");
  if (!context) throw new Error("this browser gives no 2-D canvas to read pictures with");
  context.fillStyle = "white";
  context.fillRect(0, 0, OWN_PICTURE_SIZE, OWN_PICTURE_SIZE);
  context.imageSmoothingQuality = "high";
  const [left, top] = [(bitmap.width - side) / 2, (bitmap.height - side) / 2];
  context.drawImage(bitmap, left, top, side, side, 0, 0, OWN_PICTURE_SIZE, OWN_PICTURE_SIZE);
  bitmap.close();
  const { data } = context.getImageData(0, 0, OWN_PICTURE_SIZE, OWN_PICTURE_SIZE);
  const bytes = data.filter((_, i) => i % 4 !== 3);
  return btoa(String.fromCharCode(...bytes))
    .replaceAll("+", "-")
    .replaceAll("/", "_");
}

/** Bytes as numbers from 0 to 1. */
function fromBase64(text: string): Float32Array {
  const bytes = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  return Float32Array.from(bytes, (byte) => byte.charCodeAt(0) / 255);
}

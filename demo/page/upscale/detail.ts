/** Where a picture has the most detail: there the close-ups begin. */
import type { Size } from "./limits.js";

/** Red, green, blue and opacity, row by row. */
type Pixels = Pick<ImageData, "width" | "height" | "data">;

/** The longer side of the copy that is looked at. */
const COPY = 90;
/** The side of a place on the copy. */
const PLACE = 9;

/** The middle of the place with the most detail, as shares of the width and the height. */
export function placeOfMostDetail(picture: CanvasImageSource & Size): { readonly x: number; readonly y: number } {
  const by = Math.min(1, COPY / Math.max(picture.width, picture.height));
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(1, Math.round(by * picture.width));
  canvas.height = Math.max(1, Math.round(by * picture.height));
  const context = canvas.getContext("2d", { willReadFrequently: true });
  if (!context) return { x: 0.5, y: 0.5 };
  context.drawImage(picture, 0, 0, canvas.width, canvas.height);
  return mostDetailOf(context.getImageData(0, 0, canvas.width, canvas.height), PLACE);
}

/** Detail is how much neighbours differ, added up over a square. */
export function mostDetailOf(
  { width, height, data }: Pixels,
  side: number,
): { readonly x: number; readonly y: number } {
  const light = (at: number) =>
    0.3 * (data[4 * at] ?? 0) + 0.59 * (data[4 * at + 1] ?? 0) + 0.11 * (data[4 * at + 2] ?? 0);
  const differences = Float32Array.from({ length: width * (height - 1) }, (_, at) => {
    const right = at % width < width - 1 ? Math.abs(light(at + 1) - light(at)) : 0;
    return right + Math.abs(light(at + width) - light(at));
  });
  let [most, x, y] = [0, 0.5, 0.5];
  for (let top = 0; top + side < height; top++) {
    for (let left = 0; left + side < width; left++) {
      let sum = 0;
      for (let row = top; row < top + side; row++) {
        for (let column = left; column < left + side; column++) sum += differences[row * width + column] ?? 0;
      }
      if (sum > most) [most, x, y] = [sum, (left + side / 2) / width, (top + side / 2) / height];
    }
  }
  return { x, y };
}

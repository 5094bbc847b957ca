import type { ColourMap, Rgb } from "../../demo/colours.js";
import { ink } from "../../demo/colours.js";
import type { ColourImage } from "../../demo/images.js";
import { drawPage, type Section } from "../../demo/sections.js";

export { blueRed, ink, teal } from "../../demo/colours.js";
export { type GalleryOptions, gallerySection, type Picture } from "../../demo/gallery.js";
export type { ColourMap, Rgb, Section };

/** In pixels: the width of an example's picture. */
const WIDTH = 880;

/** Values on the host, [N, H, W, channels] with one channel, or three for red, green and blue. */
export interface PictureValues {
  readonly shape: readonly number[];
  readonly data: ArrayLike<number>;
}

/**
 * Draws the picture of an example: a title, a line below it, and sections.
 *
 * @returns the bytes of a PNG file, 880 pixels wide
 */
export function drawExample(title: string, subtitle: string, sections: readonly Section[]): Buffer {
  return drawPage({ title, subtitle, width: WIDTH, sections });
}

/**
 * Pictures of values from 0 to 1, for `gallerySection`.
 *
 * @param map the colours of a single channel, from paper to ink if left out
 */
export function picturesOf({ shape, data }: PictureValues, map: ColourMap = ink(1)): ColourImage[] {
  const [count = 0, height = 0, width = 0, channels = 1] = shape;
  return Array.from({ length: count }, (_, n) => ({
    ...{ height, width },
    at: (row: number, column: number): Rgb => {
      const start = ((n * height + row) * width + column) * channels;
      if (channels === 1) return map.rgb(data[start] ?? Number.NaN);
      const level = (channel: number) => Math.round(255 * Math.min(1, Math.max(0, data[start + channel] ?? 0)));
      return [level(0), level(1), level(2)];
    },
  }));
}

/** The picture of number `n` in a set of bytes. */
export function pictureAt(
  { images, shape }: { readonly images: Uint8Array; readonly shape: readonly number[] },
  n: number,
  map: ColourMap = ink(255),
): ColourImage {
  const [, ...example] = shape;
  const size = example.reduce((product, extent) => product * extent, 1);
  const [picture] = picturesOf({ shape: [1, ...example], data: images.subarray(n * size, (n + 1) * size) }, map);
  if (!picture) throw new Error(`there is no picture ${n}`);
  return picture;
}

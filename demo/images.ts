import type { Shape } from "webgpu-cnn";
import type { ColourMap, Rgb } from "./colours.js";

/** A tensor's values, on the host. */
export interface HostTensor {
  readonly shape: Shape;
  readonly values: Float32Array;
}

/** One channel of one image. */
export interface Image {
  readonly height: number;
  readonly width: number;
  at(row: number, column: number): number;
}

/** An image that has colours. */
export interface ColourImage {
  readonly height: number;
  readonly width: number;
  at(row: number, column: number): Rgb;
}

/** One channel, in the colours of a map. */
export function coloured({ height, width, at }: Image, map: ColourMap): ColourImage {
  return { height, width, at: (row, column) => map.rgb(at(row, column)) };
}

/**
 * All channels of one image.
 *
 * @param tensor [N, height, width, channels]
 */
export function channelsOf({ shape, values }: HostTensor, n: number): Image[] {
  const [, height = 0, width = 0, channels = 0] = shape;
  const start = n * height * width * channels;
  return Array.from({ length: channels }, (_, channel) => ({
    height,
    width,
    at: (row, column) => values[start + (row * width + column) * channels + channel] ?? Number.NaN,
  }));
}

/**
 * The filters of a convolution over a single channel.
 *
 * @param tensor [height, width, 1, filters]
 */
export function filtersOf({ shape, values }: HostTensor): Image[] {
  const [height = 0, width = 0, , filters = 0] = shape;
  return channelsOf({ shape: [1, height, width, filters], values }, 0);
}

/**
 * The only channel of each of the first images.
 *
 * @param tensor [N, height, width, 1]
 */
export function firstImages(tensor: HostTensor, count: number): Image[] {
  return Array.from({ length: count }, (_, n) => channelsOf(tensor, n)).flat();
}

/** The largest absolute value of all images. If all values are zero, it is 1, so that it always is a scale. */
export function largest(images: readonly Image[]): number {
  let limit = 0;
  for (const { height, width, at } of images) {
    for (let row = 0; row < height; row++) {
      for (let column = 0; column < width; column++) {
        const magnitude = Math.abs(at(row, column));
        if (magnitude > limit && magnitude < Infinity) limit = magnitude;
      }
    }
  }
  return limit || 1;
}

/** What is too large, and what fits instead. Pure, so the tests ask it too. */
import type { Settings } from "../settings/settings.js";

export interface Size {
  readonly width: number;
  readonly height: number;
}

/** A rectangle of a photo, in its pixels. */
export interface Frame extends Size {
  readonly left: number;
  readonly top: number;
}

type Scale = Settings["scale"];

/** The most pixels that a canvas has on every device: those of 4096 × 4096. A larger result could not be shown or saved. */
export const MOST_RESULT_PIXELS = 4096 * 4096;

/** The widths that a part of a photo can have. */
export const PART_WIDTHS = [128, 256, 512, 1024] as const;
export type PartWidth = (typeof PART_WIDTHS)[number];

export const fits = ({ width, height }: Size, scale: Scale) => width * height * scale * scale <= MOST_RESULT_PIXELS;

/** The largest size of the same form that is not too large. */
export function fittingSize(photo: Size, scale: Scale): Size {
  if (fits(photo, scale)) return { width: photo.width, height: photo.height };
  const by = Math.sqrt(MOST_RESULT_PIXELS / (photo.width * photo.height)) / scale;
  return { width: Math.max(1, Math.floor(by * photo.width)), height: Math.max(1, Math.floor(by * photo.height)) };
}

/** A part of this width in the form 4 : 3, or as much of it as the photo has. Its middle is at, or near, a point of the photo. */
export function partAround(
  photo: Size,
  partWidth: number,
  { x, y }: { readonly x: number; readonly y: number },
): Frame {
  const width = Math.min(photo.width, partWidth);
  const height = Math.min(photo.height, Math.round((partWidth * 3) / 4));
  const within = (middle: number, size: number, all: number) =>
    Math.round(Math.min(all - size, Math.max(0, middle - size / 2)));
  return { width, height, left: within(x, width, photo.width), top: within(y, height, photo.height) };
}

/** The widths of parts that are smaller than the photo. */
export const partWidths = (photo: Size): readonly PartWidth[] =>
  PART_WIDTHS.filter((width) => width < photo.width || (width * 3) / 4 < photo.height);

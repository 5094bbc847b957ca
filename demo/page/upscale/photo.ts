import type { RgbPicture } from "./enlarge.js";
import type { Frame, Size } from "./limits.js";

/** A photo that was chosen. The file stays packed. Only a small picture of it is kept unpacked. */
export interface Photo extends Size {
  readonly name: string;
  readonly file: Blob;
  readonly preview: ImageBitmap;
}

/** The longer side of the small picture. */
const PREVIEW = 1024;

/** Something that is no picture, in words for the visitor. */
export class NotAPicture extends Error {}

/** @throws (rejects with) NotAPicture */
export async function openPhoto(file: Blob, name: string): Promise<Photo> {
  const whole = await decode(file, name);
  const { width, height } = whole;
  try {
    const by = Math.min(1, PREVIEW / Math.max(width, height));
    const preview = await createImageBitmap(whole, {
      resizeWidth: Math.max(1, Math.round(by * width)),
      resizeHeight: Math.max(1, Math.round(by * height)),
      resizeQuality: "high",
    });
    return { name, file, width, height, preview };
  } finally {
    whole.close();
  }
}

/** Draws a part of a photo in some size. What is transparent becomes white. */
export async function drawPart({ file, name }: Photo, { left, top, width, height }: Frame, size: Size) {
  const whole = await decode(file, name);
  try {
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = [size.width, size.height];
    const context = canvas.getContext("2d", { willReadFrequently: true });
    if (!context) throw new Error("this browser has no memory left for a canvas");
    context.fillStyle = "white";
    context.fillRect(0, 0, size.width, size.height);
    context.imageSmoothingQuality = "high";
    context.drawImage(whole, left, top, width, height, 0, 0, size.width, size.height);
    return { canvas, picture: rgbOf(context.getImageData(0, 0, size.width, size.height)) };
  } finally {
    whole.close();
  }
}

function rgbOf({ width, height, data }: ImageData): RgbPicture {
  const rgb = new Uint8ClampedArray(3 * width * height);
  for (let i = 0; i < width * height; i++) {
    for (let channel = 0; channel < 3; channel++) rgb[3 * i + channel] = data[4 * i + channel] ?? 0;
  }
  return { width, height, data: rgb };
}

async function decode(file: Blob, name: string): Promise<ImageBitmap> {
  try {
    return await createImageBitmap(file);
  } catch {
    throw new NotAPicture(`${name} is not a picture that this browser can read.`);
  }
}

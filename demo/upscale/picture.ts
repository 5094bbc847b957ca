import { readFile, writeFile } from "node:fs/promises";
import { createCanvas, ImageData, loadImage } from "@napi-rs/canvas";
import { UsageError } from "../commandLine.js";

/** Red, green and blue, from 0 to 255. */
export interface Picture {
  /** [H, W, 3] */
  readonly shape: readonly number[];
  readonly data: Uint8ClampedArray;
}

/** Reads a picture. What is transparent becomes white. @throws UsageError if it cannot be read */
export async function readPicture(path: string): Promise<Picture> {
  const image = await readFile(path)
    .then((bytes) => loadImage(bytes))
    .catch((cause: unknown) => {
      throw new UsageError(`${path} cannot be read as a picture: ${cause instanceof Error ? cause.message : cause}`);
    });
  const { width, height } = image;
  const context = createCanvas(width, height).getContext("2d");
  context.fillStyle = "white";
  context.fillRect(0, 0, width, height);
  context.drawImage(image, 0, 0);
  const rgba = context.getImageData(0, 0, width, height).data;
  const data = new Uint8ClampedArray(3 * width * height);
  for (let i = 0; i < data.length; i++) data[i] = rgba[Math.floor(i / 3) * 4 + (i % 3)] ?? 0;
  return { shape: [height, width, 3], data };
}

/** Writes a picture as PNG. */
export async function writePicture(path: string, { shape, data }: Picture): Promise<void> {
  const [height = 1, width = 1] = shape;
  const rgba = new Uint8ClampedArray(4 * width * height).fill(255);
  for (let i = 0; i < data.length; i++) rgba[Math.floor(i / 3) * 4 + (i % 3)] = data[i] ?? 0;
  const canvas = createCanvas(width, height);
  canvas.getContext("2d").putImageData(new ImageData(rgba, width, height), 0, 0);
  await writeFile(path, await canvas.encode("png"));
}

import type { HostTensor } from "../../images.js";
import { SIDE } from "../data/drawing.js";
import { OWN_CHANNELS } from "./useOwnPictures.js";

/** The middle square of a picture as 28 × 28 × 3 bytes. What is transparent becomes white. */
export async function shrink(source: ImageBitmapSource): Promise<Uint8Array<ArrayBuffer>> {
  const whole = await createImageBitmap(source);
  const side = Math.min(whole.width, whole.height);
  const [left, top] = [Math.floor((whole.width - side) / 2), Math.floor((whole.height - side) / 2)];
  const options = { resizeWidth: SIDE, resizeHeight: SIDE, resizeQuality: "high" } as const;
  const small = await createImageBitmap(whole, left, top, side, side, options);
  whole.close();
  const canvas = document.createElement("canvas");
  canvas.width = SIDE;
  canvas.height = SIDE;
  const context = canvas.getContext("2d", { willReadFrequently: true });
  if (!context) throw new Error("this browser gives no canvas");
  context.fillStyle = "#fff";
  context.fillRect(0, 0, SIDE, SIDE);
  context.drawImage(small, 0, 0);
  small.close();
  const { data } = context.getImageData(0, 0, SIDE, SIDE);
  return Uint8Array.from({ length: SIDE * SIDE * OWN_CHANNELS }, (_, i) => {
    return data[4 * Math.floor(i / OWN_CHANNELS) + (i % OWN_CHANNELS)] ?? 0;
  });
}

/** From 0 to 1. */
export function tensorOf(bytes: Uint8Array): HostTensor {
  return { shape: [1, SIDE, SIDE, OWN_CHANNELS], values: Float32Array.from(bytes, (byte) => byte / 255) };
}

/** Shrinks what can be read. @returns the pictures, and a sentence on what is none */
export async function readPictures(
  files: readonly File[],
): Promise<{ readonly pictures: Uint8Array<ArrayBuffer>[]; readonly refusal: string | undefined }> {
  const pictures: Uint8Array<ArrayBuffer>[] = [];
  const refused: string[] = [];
  for (const file of files) {
    try {
      pictures.push(await shrink(file));
    } catch {
      refused.push(file.name);
    }
  }
  const [first] = refused;
  if (!first) return { pictures, refusal: undefined };
  const others = refused.length > 1 ? ` and ${refused.length - 1} more` : "";
  return { pictures, refusal: `This browser finds no picture in ${first}${others}.` };
}

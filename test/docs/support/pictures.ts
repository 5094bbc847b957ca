import { createCanvas } from "@napi-rs/canvas";

export interface PictureFile {
  readonly name: string;
  readonly mimeType: string;
  readonly buffer: Buffer;
}

/** PNG files of one colour and of different sizes, such as cat-0.png. */
export function picturesOf(name: string, colour: string, count: number): readonly PictureFile[] {
  return Array.from({ length: count }, (_, i) => {
    const canvas = createCanvas(40 + i, 50);
    const context = canvas.getContext("2d");
    context.fillStyle = colour;
    context.fillRect(0, 0, canvas.width, canvas.height);
    return { name: `${name}-${i}.png`, mimeType: "image/png", buffer: canvas.toBuffer("image/png") };
  });
}

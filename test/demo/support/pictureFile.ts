import { createCanvas } from "@napi-rs/canvas";

/** A square of a colour on grey, as a file that a visitor chooses. Each number has it at another place. */
export function pictureFile(colour: string, n = 0) {
  const canvas = createCanvas(64, 48);
  const context = canvas.getContext("2d");
  context.fillStyle = "#ddd";
  context.fillRect(0, 0, 64, 48);
  context.fillStyle = colour;
  context.fillRect(16 + n, 10, 24, 24);
  return { name: `${colour}-${n}.png`, mimeType: "image/png", buffer: canvas.toBuffer("image/png") };
}

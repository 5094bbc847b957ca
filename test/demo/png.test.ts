import { createCanvas, loadImage } from "@napi-rs/canvas";
import { expect, test } from "vitest";
import { encodePng } from "../../demo/png.js";

test("a decoder reads the pixels that were encoded", async () => {
  const [width, height] = [5, 3];
  const pixels = Uint8ClampedArray.from({ length: 4 * width * height }, (_, i) => (i % 4 === 3 ? 255 : (37 * i) % 256));
  const image = await loadImage(encodePng(pixels, width, height));
  expect([image.width, image.height]).toEqual([width, height]);
  const context = createCanvas(width, height).getContext("2d");
  context.drawImage(image, 0, 0);
  expect([...context.getImageData(0, 0, width, height).data]).toEqual([...pixels]);
});

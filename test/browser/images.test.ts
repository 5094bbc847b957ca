import { afterAll, beforeAll, expect, test } from "vitest";
import { type Backend, createBackend, OptionError } from "webgpu-cnn";
import { type ImageSource, imageToTensor, tensorToImageData } from "webgpu-cnn/io";
import { expectRefusal } from "../support/refusals.js";

let backend: Backend;
beforeAll(async () => {
  backend = await createBackend();
});
afterAll(() => backend.destroy());

/** Four opaque colours, two by two, and the sources that draw them. */
const BYTES = [255, 0, 0, 255, 0, 255, 0, 255, 0, 0, 255, 255, 10, 20, 30, 255] as const;
const imageData = () => new ImageData(Uint8ClampedArray.from(BYTES), 2, 2);

function canvas(): HTMLCanvasElement {
  const made = document.createElement("canvas");
  [made.width, made.height] = [2, 2];
  made.getContext("2d")?.putImageData(imageData(), 0, 0);
  return made;
}

function offscreenCanvas(): OffscreenCanvas {
  const made = new OffscreenCanvas(2, 2);
  made.getContext("2d")?.putImageData(imageData(), 0, 0);
  return made;
}

async function imageElement(): Promise<HTMLImageElement> {
  const made = new Image();
  made.src = canvas().toDataURL("image/png");
  // Its place on the page does not change its pixels.
  made.width = 50;
  await made.decode();
  return made;
}

test.each<readonly [kind: string, make: () => ImageSource | Promise<ImageSource>]>([
  ["an ImageData", imageData],
  ["a canvas", canvas],
  ["an OffscreenCanvas", offscreenCanvas],
  ["an ImageBitmap", () => createImageBitmap(imageData())],
  ["an image element", imageElement],
  ["a VideoFrame", () => new VideoFrame(canvas(), { timestamp: 0 })],
])("%s keeps every byte on its way to the GPU and back", async (_, make) => {
  const source = await make();
  const x = imageToTensor(backend, source);
  if ("close" in source) source.close();
  expect(x.shape).toEqual([1, 2, 2, 3]);
  const image = await tensorToImageData(x);
  expect(image).toBeInstanceOf(ImageData);
  expect([...image.data]).toEqual(BYTES);
  x.dispose();
});

test("an image of the browser is resampled like ImageData", async () => {
  const [drawn, given] = [canvas(), imageData()].map((source) =>
    imageToTensor(backend, source, { width: 3, height: 1 }),
  );
  expect(await drawn?.read()).toEqual(await given?.read());
  for (const x of [drawn, given]) x?.dispose();
});

test("an image that is not loaded is refused", () => {
  expectRefusal(
    backend,
    OptionError,
    "imageToTensor: source, a HTMLImageElement, is 0 × 0 pixels; wait until it is loaded (await image.decode())",
    () => imageToTensor(backend, new Image()),
  );
});

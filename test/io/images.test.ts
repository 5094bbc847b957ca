import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Backend, createBackend, OptionError, ShapeError } from "webgpu-cnn";
import { type ImageToTensorOptions, imageToTensor, type Pixels, tensorToImageData } from "webgpu-cnn/io";
import { describeOnEachBackend } from "../support/backends.js";
import { expectRefusal, expectRejection, wrong } from "../support/refusals.js";

type Rgba = readonly [red: number, green: number, blue: number, alpha: number];

const pixelsOf = (width: number, ...pixels: readonly Rgba[]): Pixels => ({
  width,
  height: pixels.length / width,
  data: Uint8ClampedArray.from(pixels.flat()),
});

/** A grey picture, 5 wide and 4 high. */
const GREYS: Pixels = pixelsOf(
  5,
  ...Array.from({ length: 20 }, (_, i): Rgba => [(i * 37) % 256, (i * 37) % 256, (i * 37) % 256, 255]),
);

describeOnEachBackend("imageToTensor", (backend) => {
  async function valuesOf(source: Pixels, options?: ImageToTensorOptions) {
    const x = imageToTensor(backend(), source, options);
    const values = await x.read();
    x.dispose();
    return { shape: x.shape, values };
  }

  /** Equal within two roundings of float32, for values of bytes. */
  function expectBytes(values: Float32Array, bytes: readonly number[], digits = 4): void {
    expect(values.length).toBe(bytes.length);
    for (const [i, byte] of bytes.entries()) expect(255 * (values[i] ?? Number.NaN)).toBeCloseTo(byte, digits);
  }

  test("gives colours from 0 to 1", async () => {
    const source = pixelsOf(2, [255, 0, 51, 255], [1, 2, 3, 255]);
    expect(await valuesOf(source)).toEqual({
      shape: [1, 1, 2, 3],
      values: Float32Array.of(1, 0, 51 / 255, 1 / 255, 2 / 255, 3 / 255),
    });
    const bytes = { ...source, data: new Uint8Array(source.data) };
    expect((await valuesOf(bytes, { channels: 4 })).values).toEqual(
      Float32Array.of(1, 0, 51 / 255, 1, 1 / 255, 2 / 255, 3 / 255, 1),
    );
  });

  test("weights grey like BT.601", async () => {
    const source = pixelsOf(3, [255, 0, 0, 255], [0, 255, 0, 255], [0, 0, 255, 255]);
    const { shape, values } = await valuesOf(source, { channels: 1 });
    expect(shape).toEqual([1, 1, 3, 1]);
    expect(values).toEqual(Float32Array.of(0.299, 0.587, 0.114));
    // White and black stay exact.
    expectBytes(
      (await valuesOf(GREYS, { channels: 1 })).values,
      [...GREYS.data].filter((_, i) => i % 4 === 0),
    );
  });

  test("lays transparent pixels over the background or keeps their alpha", async () => {
    const source = pixelsOf(2, [255, 0, 0, 51], [9, 9, 9, 0]);
    expectBytes((await valuesOf(source)).values, [51, 0, 0, 0, 0, 0]);
    expectBytes((await valuesOf(source, { background: 1 })).values, [255, 204, 204, 255, 255, 255]);
    expectBytes((await valuesOf(source, { background: 0.5, channels: 1 })).values, [0.299 * 51 + 102, 127.5]);
    expectBytes((await valuesOf(source, { channels: 4 })).values, [255, 0, 0, 51, 0, 0, 0, 0]);
  });

  // Values of PIL 12: Image.fromarray(greys, "F").resize((W, H), Image.BILINEAR).
  test.each([
    [3, 2, [111.429, 84.238, 97.102, 109.571, 139.27, 126.592]],
    [2, 6, [37, 111, 94.591, 81.318, 151.985, 66.955, 151.197, 128.227, 115.5, 148.773, 80, 154]],
    [
      8,
      7,
      [
        [0, 16.188, 39.312, 62.438, 85.562, 108.688, 131.812, 148],
        [66.071, 82.259, 99.67, 65.652, 60.205, 83.33, 106.455, 122.643],
        [171.786, 187.973, 196.241, 70.795, 19.634, 42.759, 65.884, 82.071],
        [149.5, 165.688, 180.812, 123.938, 107.062, 130.188, 81.312, 41.5],
        [108.929, 125.116, 148.241, 171.366, 194.491, 217.616, 107.027, 19.214],
        [68.357, 84.545, 107.67, 130.795, 153.92, 177.045, 148.741, 124.929],
        [43, 59.188, 82.312, 105.438, 128.562, 151.688, 174.812, 191],
      ].flat(),
    ],
  ])("resamples to %i × %i like PIL", async (width, height, expected) => {
    const { shape, values } = await valuesOf(GREYS, { width, height, channels: 1 });
    expect(shape).toEqual([1, height, width, 1]);
    for (const [i, value] of expected.entries()) {
      // The values of PIL have three digits, and its weights are rounded.
      expect(Math.abs(255 * (values[i] ?? Number.NaN) - value)).toBeLessThan(2e-3);
    }
  });

  test("keeps the proportions if one side is given", async () => {
    expect((await valuesOf(GREYS, { width: 10 })).shape).toEqual([1, 8, 10, 3]);
    expect((await valuesOf(GREYS, { height: 2 })).shape).toEqual([1, 2, 3, 3]);
    expect((await valuesOf({ ...GREYS, width: 20, height: 1 }, { width: 2 })).shape).toEqual([1, 1, 2, 3]);
  });

  test("does not mix in the colour of transparent pixels", async () => {
    const source = pixelsOf(2, [200, 100, 0, 255], [0, 255, 255, 0]);
    expectBytes((await valuesOf(source, { width: 1, channels: 4 })).values, [200, 100, 0, 127.5]);
    expectBytes((await valuesOf(source, { width: 1, background: 1 })).values, [227.5, 177.5, 127.5]);
  });

  test.each<readonly [message: string, error: typeof OptionError, source: unknown, options: unknown]>([
    ["imageToTensor: channels is 2, expected 1, 3 or 4", OptionError, GREYS, { channels: 2 }],
    ["imageToTensor: width is 0, expected an integer ≥ 1", OptionError, GREYS, { width: 0 }],
    ["imageToTensor: unknown option heigth; did you mean height?", OptionError, GREYS, { heigth: 3 }],
    ["imageToTensor: source.data has 80 bytes, expected 4 · 4 · 4 = 64", ShapeError, { ...GREYS, width: 4 }, {}],
    ["imageToTensor: source.height is 1.5, expected an integer ≥ 1", ShapeError, { ...GREYS, height: 1.5 }, {}],
    [
      "imageToTensor: source.data must be a Uint8ClampedArray or a Uint8Array, got Float32Array of 320 bytes",
      OptionError,
      { ...GREYS, data: new Float32Array(80) },
      {},
    ],
    [
      "imageToTensor: source must be an ImageData, ImageBitmap, canvas, image, video or VideoFrame, got null; in Node give context.getImageData(0, 0, width, height)",
      OptionError,
      null,
      {},
    ],
    [
      "imageToTensor: source must be an ImageData, ImageBitmap, canvas, image, video or VideoFrame, got an object; in Node give context.getImageData(0, 0, width, height)",
      OptionError,
      { pixels: [] },
      {},
    ],
  ])("refuses: %s", (message, error, source, options) => {
    expectRefusal(backend(), error, message, () => imageToTensor(backend(), wrong(source), wrong(options)));
  });
});

describeOnEachBackend("imageToTensor", (backend) => {
  // The canvas of @napi-rs/canvas has a method "data", and its image has the bytes of the file.
  class CanvasElement {
    readonly width = 2;
    readonly height = 2;
    getContext(): object {
      return {};
    }
    data(): Uint8Array {
      return new Uint8Array(16);
    }
  }
  class Image {
    readonly width = 2;
    readonly height = 2;
    readonly naturalWidth = 2;
    readonly naturalHeight = 2;
    readonly data = new Uint8Array(100);
  }

  test.each([
    ["a CanvasElement", new CanvasElement(), 'canvas.getContext("2d")'],
    ["an Image", new Image(), "context"],
  ])("names getImageData in the error for an npm canvas or image: %s", (shown, source, context) => {
    const expected = "an ImageData, ImageBitmap, canvas, image, video or VideoFrame";
    const message = `imageToTensor: source must be ${expected}, got ${shown}; in Node give ${context}.getImageData(0, 0, width, height)`;
    expectRefusal(backend(), OptionError, message, () => imageToTensor(backend(), wrong(source)));
  });

  test("refuses a value that is not a backend", () => {
    const message = "imageToTensor: backend must be a backend, got an object; open one with await createBackend()";
    const pixels = { width: 1, height: 1, data: new Uint8Array(4) };
    expectRefusal(backend(), OptionError, message, () => imageToTensor(wrong({}), pixels));
  });
});

describe("tensorToImageData", () => {
  let backend: Backend;
  beforeAll(async () => {
    backend = await createBackend({ kind: "cpu" });
  });
  afterAll(() => backend.destroy());

  test("gives back every byte of an image with colour and alpha", async () => {
    const data = Uint8ClampedArray.from({ length: 4 * 256 }, (_, i) => (i % 4 === 3 ? 255 : (i * 31) >> 2));
    const opaque: Pixels = { width: 32, height: 8, data };
    const clear = { ...opaque, data: data.map((byte, i) => (i % 4 === 3 ? 1 + (i % 255) : byte)) };
    for (const [source, channels] of [
      [opaque, 3],
      [opaque, 4],
      [clear, 4],
    ] as const) {
      const image = await tensorToImageData(imageToTensor(backend, source, { channels }));
      expect([image.width, image.height]).toEqual([32, 8]);
      expect(image.data).toEqual(source.data);
    }
  });

  test("shows grey, limits values to 0…1 and shows NaN as 0", async () => {
    const x = backend.tensor([-1, 0, 0.5, 1, 2, Number.NaN], [2, 3, 1]);
    const { width, height, data } = await tensorToImageData(x);
    expect([width, height]).toEqual([3, 2]);
    expect(data).toEqual(Uint8ClampedArray.from([0, 0, 128, 255, 255, 0].flatMap((grey) => [grey, grey, grey, 255])));
  });

  test.each([[[2, 3]], [[2, 2, 2, 3]], [[1, 1, 2, 2, 3]], [[2, 3, 2]]])("refuses shape %o", async (shape) => {
    const x = backend.zeros(shape);
    await expectRejection(
      backend,
      ShapeError,
      `tensorToImageData: x is [${shape.join(", ")}], expected [1, H, W, C] or [H, W, C] with C 1, 3 or 4`,
      () => tensorToImageData(x),
    );
  });

  test("refuses a value that is not a tensor", async () => {
    await expectRejection(
      backend,
      OptionError,
      "tensorToImageData: x must be a Tensor, got an object; make one with backend.tensor(…)",
      () => tensorToImageData(wrong({})),
    );
  });
});

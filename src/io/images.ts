import type { Backend } from "../core/backend.js";
import { checkBackend } from "../core/checkBackend.js";
import { OptionError, ShapeError, show } from "../core/errors.js";
import { OptionReader } from "../core/options.js";
import { checkTensor, type Tensor } from "../core/tensor.js";

/**
 * Pixels as bytes of red, green, blue and alpha, row by row, such as the `ImageData` of a page or of a canvas package.
 */
export interface Pixels {
  /** In pixels. */
  readonly width: number;
  /** In pixels. */
  readonly height: number;
  /** 4 · width · height bytes: red, green, blue and alpha of each pixel. */
  readonly data: Uint8ClampedArray | Uint8Array;
}

/** A source of pixels. The browser draws every source that is not `Pixels`, so Node takes `Pixels` only. */
export type ImageSource = Pixels | CanvasImageSource;

/** The options of `imageToTensor`. */
export interface ImageToTensorOptions {
  /**
   * W of the tensor. If left out, it is the width of the source. If `height` is given, it keeps the proportions of the
   * source.
   */
  readonly width?: number;
  /** H of the tensor. If left out, it is the height of the source, or keeps its proportions if `width` is given. */
  readonly height?: number;
  /** 1: grey. 3 (default): red, green, blue. 4: red, green, blue, alpha. */
  readonly channels?: 1 | 3 | 4;
  /**
   * The grey behind transparent pixels, from 0 to 1, for 1 and 3 channels. 0 (black) if left out.
   */
  readonly background?: number;
}

/** The weights of red, green and blue in a grey value, from ITU-R BT.601, as in PIL, OpenCV and TensorFlow. */
const GREY = [0.299, 0.587, 0.114] as const;

/**
 * Converts an image to a tensor. If the sizes differ, it resamples with a triangle filter, as PIL and JAX do for
 * "bilinear": bilinear interpolation for a larger size, and the same filter widened to the pixels of the output for a
 * smaller size, against aliasing. The result is the same on every machine. Values are the encoded (sRGB) ones, as is
 * usual in machine learning.
 *
 * @param backend the backend of the tensor
 * @param source an ImageData, ImageBitmap, canvas, image element, video or VideoFrame
 * @returns float32 [1, H, W, C], with values from 0 to 1. Grey is 0.299 red + 0.587 green + 0.114 blue
 * @throws OptionError if `source` is not an image or is not loaded, or an option is invalid; ShapeError if its data do
 * not fit its size; OutOfMemoryError
 *
 * @example
 * ```ts
 * const red = { width: 2, height: 1, data: Uint8Array.of(255, 0, 0, 255, 0, 0, 0, 255) };
 * const x = imageToTensor(backend, red);
 * x.shape; // [1, 1, 2, 3]
 * await x.read(); // [1, 0, 0, 0, 0, 0]
 * imageToTensor(backend, red, { width: 8, channels: 1 }).shape; // [1, 4, 8, 1]
 * ```
 */
export function imageToTensor(backend: Backend, source: ImageSource, options: ImageToTensorOptions = {}): Tensor {
  const operator = "imageToTensor";
  checkBackend(operator, "backend", backend);
  const reader = new OptionReader(operator, options, ["width", "height", "channels", "background"]);
  const channels = reader.integer("channels", 1, 3);
  if (channels !== 1 && channels !== 3 && channels !== 4) {
    throw new OptionError(`${operator}: channels is ${channels}, expected 1, 3 or 4`);
  }
  const background = reader.number("background", 0);
  const pixels = pixelsOf(operator, source);
  const size = targetSize(reader, options, pixels);
  const { width, height } = size;
  const premultiplied = resample(premultiply(pixels), pixels, size);
  return backend.tensor(toChannels(premultiplied, channels, background), [1, height, width, channels]);
}

/**
 * Converts a tensor to an image: the inverse of `imageToTensor`, apart from rounding.
 *
 * @param x float32 [1, H, W, C] or [H, W, C] with C = 1 (grey), 3 or 4. Values are limited to the range from 0 to 1.
 * NaN becomes 0
 * @returns an ImageData for `putImageData`. Node has no such class, so there it is an object with the same fields
 * @throws (rejects with) ShapeError if x has another shape; OptionError if x is not a tensor; everything that `read()`
 * rejects with
 *
 * @example
 * ```ts
 * const grey = backend.tensor([0, 1], [1, 1, 2, 1]);
 * const { width, height, data } = await tensorToImageData(grey);
 * [width, height]; // [2, 1]
 * data; // [0, 0, 0, 255, 255, 255, 255, 255]
 * ```
 */
export async function tensorToImageData(x: Tensor): Promise<ImageData> {
  checkTensor("tensorToImageData", "x", x);
  const [channels = 0, width = 0, height = 0, batch = 1, ...rest] = x.shape.toReversed();
  if (x.shape.length < 3 || batch !== 1 || rest.length > 0 || ![1, 3, 4].includes(channels)) {
    throw new ShapeError(
      `tensorToImageData: x is [${x.shape.join(", ")}], expected [1, H, W, C] or [H, W, C] with C 1, 3 or 4`,
    );
  }
  const values = await x.read();
  const data = new Uint8ClampedArray(4 * width * height).fill(255);
  for (let pixel = 0; pixel < width * height; pixel++) {
    for (let channel = 0; channel < Math.max(3, channels); channel++) {
      // A Uint8ClampedArray rounds and clamps by itself, and makes 0 of NaN.
      data[4 * pixel + channel] = 255 * (values[pixel * channels + (channels === 1 ? 0 : channel)] ?? 0);
    }
  }
  if (typeof ImageData === "function") return new ImageData(data, width, height);
  return { data, width, height, colorSpace: "srgb" };
}

interface Size {
  readonly width: number;
  readonly height: number;
}

/** The size that the options ask for. A side that is left out follows from the other side, or from the source. */
function targetSize(reader: OptionReader, options: ImageToTensorOptions, source: Size): Size {
  const width = options.width === undefined ? undefined : reader.integer("width", 1);
  const height = options.height === undefined ? undefined : reader.integer("height", 1);
  const proportional = (extent: number, other: number, otherSource: number) =>
    Math.max(1, Math.round((extent * other) / otherSource));
  return {
    width: width ?? (height === undefined ? source.width : proportional(source.width, height, source.height)),
    height: height ?? (width === undefined ? source.height : proportional(source.height, width, source.width)),
  };
}

function pixelsOf(operator: string, source: ImageSource): Pixels {
  if (typeof source !== "object" || source === null) refuseSource(operator, source);
  return isPixels(source) ? checkPixels(operator, source) : draw(operator, source);
}

/** Canvases and images of npm packages also have a member "data". It is a function, or the bytes of a file. */
function isPixels(source: ImageSource): source is Pixels {
  return "data" in source && !("getContext" in source || "naturalWidth" in source);
}

function checkPixels(operator: string, { width, height, data }: Pixels): Pixels {
  if (!(data instanceof Uint8ClampedArray || data instanceof Uint8Array)) {
    throw new OptionError(`${operator}: source.data must be a Uint8ClampedArray or a Uint8Array, got ${show(data)}`);
  }
  for (const [name, extent] of Object.entries({ width, height })) {
    if (!Number.isSafeInteger(extent) || extent < 1) {
      throw new ShapeError(`${operator}: source.${name} is ${show(extent)}, expected an integer ≥ 1`);
    }
  }
  if (data.length !== 4 * width * height) {
    throw new ShapeError(
      `${operator}: source.data has ${data.length} bytes, expected 4 · ${width} · ${height} = ${4 * width * height}`,
    );
  }
  return { width, height, data };
}

/** The pixels of an image in its own size, as the browser decodes it. */
function draw(operator: string, source: CanvasImageSource): Pixels {
  if (typeof OffscreenCanvas !== "function") refuseSource(operator, source);
  const { width, height } = sizeOf(operator, source);
  if (!(width >= 1 && height >= 1)) {
    throw new OptionError(
      `${operator}: source, ${show(source)}, is ${width} × ${height} pixels; wait until it is loaded (await image.decode())`,
    );
  }
  const context = new OffscreenCanvas(width, height).getContext("2d", { willReadFrequently: true });
  if (!context) throw new OptionError(`${operator}: the browser gives no 2d context for source, ${show(source)}`);
  try {
    context.drawImage(source, 0, 0, width, height);
  } catch (cause) {
    // For example, a canvas of an npm package in a page.
    if (cause instanceof TypeError) refuseSource(operator, source);
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new OptionError(`${operator}: the browser cannot draw source, ${show(source)}: ${why}`, { cause });
  }
  return context.getImageData(0, 0, width, height);
}

function sizeOf(operator: string, source: CanvasImageSource): Size {
  if ("naturalWidth" in source) return { width: source.naturalWidth, height: source.naturalHeight };
  if ("videoWidth" in source) return { width: source.videoWidth, height: source.videoHeight };
  if ("displayWidth" in source) return { width: source.displayWidth, height: source.displayHeight };
  const { width, height } = source;
  if (typeof width === "number" && typeof height === "number") return { width, height };
  return refuseSource(operator, source);
}

function refuseSource(operator: string, source: unknown): never {
  const expected = "an ImageData, ImageBitmap, canvas, image, video or VideoFrame";
  const context =
    typeof source === "object" && source !== null && "getContext" in source ? 'canvas.getContext("2d")' : "context";
  throw new OptionError(
    `${operator}: source must be ${expected}, got ${show(source)}; in Node give ${context}.getImageData(0, 0, width, height)`,
  );
}

/**
 * Colours multiplied by alpha, and alpha, from 0 to 1. Only these can be averaged, because a transparent pixel has no
 * colour.
 */
function premultiply({ data }: Pixels): Float32Array {
  const values = new Float32Array(data.length);
  for (let i = 0; i < data.length; i += 4) {
    const alpha = (data[i + 3] ?? 0) / 255;
    for (let channel = 0; channel < 3; channel++) values[i + channel] = ((data[i + channel] ?? 0) / 255) * alpha;
    values[i + 3] = alpha;
  }
  return values;
}

/** Resamples values [from.height, from.width, 4] to the size `to`: first along the rows, then along the columns. */
function resample(values: Float32Array, from: Size, to: Size): Float32Array {
  const rows = resampleAxis(values, from.height, from.width, 4, to.width);
  return resampleAxis(rows, 1, from.height, 4 * to.width, to.height);
}

/** Resamples the middle axis of values [outer, from, inner] to `to` samples, with the triangle filter. */
function resampleAxis(values: Float32Array, outer: number, from: number, inner: number, to: number): Float32Array {
  if (from === to) return values;
  const result = new Float32Array(outer * to * inner);
  const ratio = from / to;
  const radius = Math.max(1, ratio);
  for (let target = 0; target < to; target++) {
    const centre = (target + 0.5) * ratio - 0.5;
    const first = Math.max(0, Math.ceil(centre - radius));
    const last = Math.min(from - 1, Math.floor(centre + radius));
    const weights = Float64Array.from(
      { length: last - first + 1 },
      (_, i) => 1 - Math.abs(first + i - centre) / radius,
    );
    // At the edges, a part of the triangle is outside the image.
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    for (let row = 0; row < outer; row++) {
      for (let i = 0; i < inner; i++) {
        let sum = 0;
        for (let k = 0; k < weights.length; k++) {
          sum += (weights[k] ?? 0) * (values[(row * from + first + k) * inner + i] ?? 0);
        }
        result[(row * to + target) * inner + i] = sum / total;
      }
    }
  }
  return result;
}

/** Converts premultiplied colours [pixels, 4] to the channels of the tensor. */
function toChannels(values: Float32Array, channels: 1 | 3 | 4, background: number): Float32Array {
  const result = new Float32Array((values.length / 4) * channels);
  for (let from = 0, to = 0; from < values.length; from += 4, to += channels) {
    const alpha = values[from + 3] ?? 0;
    // `behind` is the background that is visible. `scale` undoes the multiplication by alpha.
    const behind = channels === 4 ? 0 : background * (1 - alpha);
    const scale = channels < 4 || alpha === 0 ? 1 : 1 / alpha;
    const red = scale * (values[from] ?? 0) + behind;
    const green = scale * (values[from + 1] ?? 0) + behind;
    const blue = scale * (values[from + 2] ?? 0) + behind;
    if (channels === 1) {
      result[to] = GREY[0] * red + GREY[1] * green + GREY[2] * blue;
      continue;
    }
    result[to] = red;
    result[to + 1] = green;
    result[to + 2] = blue;
    if (channels === 4) result[to + 3] = alpha;
  }
  return result;
}

import { OptionError, ShapeError, show } from "../../core/errors.js";
import { elementsOf, type Shape } from "../../core/shape.js";
import { Tensor } from "../../core/tensor.js";
import type { Model } from "../model.js";
import type { GraphTensors } from "../modelTypes.js";
import { type Span, spansOf } from "./windows.js";

/** An image in the host's memory. */
export interface HostImage {
  /** [H, W, C], or [1, H, W, C]. */
  readonly shape: Shape;
  /** Its values in row-major order. They are not scaled: bytes go in as 0 to 255. */
  readonly data: ArrayLike<number>;
}

/** How far a run over tiles is. */
export interface TiledProgress<Data = Float32Array> {
  /** The number of tiles that are done. */
  readonly done: number;
  /** The number of all tiles. */
  readonly total: number;
  /** The part of the result that the last tile filled, in pixels. */
  readonly filled: TiledPart;
  /** The result so far: zeros where no tile is done. Later tiles write into it. */
  readonly image: TiledResult<Data>;
}

/** A rectangle of an image, in pixels. */
export interface TiledPart {
  /** Its first row, from 0. */
  readonly top: number;
  /** Its first column, from 0. */
  readonly left: number;
  /** The number of its rows. */
  readonly height: number;
  /** The number of its columns. */
  readonly width: number;
}

/** The image that a run gives, in the host's memory. */
export interface TiledResult<Data> {
  /** [H, W, C], or [1, H, W, C] if the input has this form. */
  readonly shape: Shape;
  /** Its values in row-major order. */
  readonly data: Data;
}

export interface TileSettings {
  readonly tile: number;
  readonly overlap: number;
  readonly multiple: number;
}

/** One tile: its rows and columns. */
interface Tile {
  readonly rows: Span;
  readonly columns: Span;
}

/** An image with its extents. */
interface Extents {
  readonly data: ArrayLike<number>;
  readonly height: number;
  readonly width: number;
  readonly channels: number;
}

/**
 * A run over the tiles of an image: a loop over its progress, and a promise of the result. Iterate over it, await it,
 * or do both. Nothing runs before. If you leave the loop, the run pauses. If you await it then, it goes on.
 *
 * @example
 * ```ts
 * const upscale = new Sequential([new UpSampling2D()]).build(backend, { inputShape: [null, null, 1] });
 * const run = tiled(upscale, { tile: 2, overlap: 0 }).predict({ data: [1, 2, 3, 4], shape: [1, 4, 1] });
 * for await (const { done } of run) if (done === 1) break;
 * (await run).shape; // [2, 8, 1]
 * ```
 */
export class TiledRun<Data extends Float32Array | Uint8ClampedArray = Float32Array>
  implements AsyncIterable<TiledProgress<Data>>, PromiseLike<TiledResult<Data>>
{
  readonly #reports: AsyncGenerator<TiledProgress<Data>, TiledResult<Data>, undefined>;
  #result: Promise<TiledResult<Data>> | undefined;

  /** @internal */
  constructor(
    private readonly model: Model<GraphTensors>,
    private readonly settings: TileSettings,
    private readonly image: HostImage | Tensor,
    private readonly signal: AbortSignal | undefined,
    private readonly make: (size: number) => Data,
  ) {
    this.#reports = this.#run();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<TiledProgress<Data>, undefined, undefined> {
    // The reports end with the result, which the promise gives. Leaving this loop does not end them.
    for (let next = await this.#next(); !next.done; next = await this.#next()) yield next.value;
    return undefined;
  }

  /**
   * Computes the rest of the image. `await` calls it.
   *
   * @param onResult gets the result
   * @param onError gets the error
   * @returns what the callback gives
   */
  // biome-ignore lint/suspicious/noThenProperty: like `Fit`, it is a loop and a promise.
  then<Value = TiledResult<Data>, Reason = never>(
    onResult?: ((result: TiledResult<Data>) => Value | PromiseLike<Value>) | null,
    onError?: ((error: unknown) => Reason | PromiseLike<Reason>) | null,
  ): Promise<Value | Reason> {
    return this.#toEnd().then(onResult, onError);
  }

  async #next(): Promise<IteratorResult<TiledProgress<Data>, TiledResult<Data>>> {
    try {
      const step = await this.#reports.next();
      if (step.done) this.#result ??= Promise.resolve(step.value);
      return step;
    } catch (error) {
      // Who awaits the run later gets the same error.
      this.#result = Promise.reject(error);
      this.#result.catch(() => {});
      throw error;
    }
  }

  async #toEnd(): Promise<TiledResult<Data>> {
    for (;;) {
      if (this.#result) return this.#result;
      await this.#next();
    }
  }

  async *#run(): AsyncGenerator<TiledProgress<Data>, TiledResult<Data>, undefined> {
    const { tile, overlap, multiple } = this.settings;
    const image = await imageOf(this.image);
    checkChannels(this.image.shape, image.channels, this.model);
    const rows = spansOf(image.height, tile, overlap, multiple);
    const columns = spansOf(image.width, tile, overlap, multiple);
    const total = rows.length * columns.length;
    const batch = this.image.shape.length === 4 ? [1] : [];
    let result: Painted<Data> | undefined;
    let whole: TiledResult<Data> | undefined;
    let done = 0;
    for (const row of rows) {
      for (const column of columns) {
        this.signal?.throwIfAborted();
        const output = await this.#outputFor(image, { rows: row, columns: column });
        result ??= painted(image, { rows: row, columns: column }, output.shape, this.make);
        const { height, width, channels, data } = result;
        whole ??= { shape: [...batch, height, width, channels], data };
        const filled = paint(result, { rows: row, columns: column }, output);
        yield { done: ++done, total, filled, image: whole };
      }
    }
    if (!whole) throw new Error("an image without tiles");
    return whole;
  }

  async #outputFor(image: Extents, tile: Tile): Promise<{ readonly shape: Shape; readonly data: Float32Array }> {
    const { backend } = this.model;
    const x = backend.tensor(cut(image, tile), [1, tile.rows.size, tile.columns.size, image.channels]);
    try {
      const output: unknown = this.model.predict(x);
      const y = output instanceof Tensor ? output : Object.values(Object(output))[0];
      if (!(y instanceof Tensor)) throw new Error("an output that is no tensor");
      const { shape } = y;
      try {
        return { shape, data: Float32Array.from(await y.read()) };
      } finally {
        if (y !== x) y.dispose();
      }
    } finally {
      x.dispose();
    }
  }
}

async function imageOf(image: HostImage | Tensor): Promise<Extents> {
  const given: unknown = image;
  if (typeof given !== "object" || given === null || !("shape" in given) || !("read" in given || "data" in given)) {
    throw new OptionError(`predict: image is ${show(given)}, expected a tensor, or { data, shape: [H, W, C] }`);
  }
  const { shape } = image;
  const [height = 0, width = 0, channels = 0] = shape.length === 4 ? shape.slice(1) : shape;
  if ((shape.length !== 3 && !(shape.length === 4 && shape[0] === 1)) || !(elementsOf(shape) > 0)) {
    throw new ShapeError(`predict: image is [${shape.join(", ")}], expected [H, W, C] or [1, H, W, C]`);
  }
  const data = image instanceof Tensor ? await image.read() : image.data;
  if (data.length !== elementsOf(shape)) {
    throw new ShapeError(
      `predict: image has ${data.length} values, expected ${elementsOf(shape)} for its shape [${shape.join(", ")}]`,
    );
  }
  return { data, height, width, channels };
}

/** @throws ShapeError if an image has not the channels that the model takes */
function checkChannels(shape: Shape, channels: number, model: Model<GraphTensors>): void {
  const [expected] = model.inputShapes;
  const wanted = expected?.length === 3 ? expected[2] : null;
  if (wanted === null || wanted === undefined || channels === wanted) return;
  const advice = channels === 4 && wanted === 3 ? "; leave out the alpha of each pixel, its fourth value" : "";
  throw new ShapeError(
    `predict: image is [${shape.join(", ")}] and has ${channels} channels, expected ${wanted} as the model takes them${advice}`,
  );
}

/** The values of a tile. */
function cut({ data, width, channels }: Extents, { rows, columns }: Tile): Float32Array {
  const length = columns.size * channels;
  const values = new Float32Array(rows.size * length);
  for (let row = 0; row < rows.size; row++) {
    const from = ((rows.start + row) * width + columns.start) * channels;
    for (let i = 0; i < length; i++) values[row * length + i] = data[from + i] ?? 0;
  }
  return values;
}

/** The result, and how many of its pixels a pixel of the input gives, along each axis. */
interface Painted<Data> extends Extents {
  readonly data: Data & ArrayLike<number>;
  readonly scales: readonly [number, number];
}

/** The result, without values, after the first tile has told its size. */
function painted<Data extends Float32Array | Uint8ClampedArray>(
  image: Extents,
  { rows, columns }: Tile,
  shape: Shape,
  make: (size: number) => Data,
): Painted<Data> {
  const [n, h = 0, w = 0, channels = 0] = shape;
  if (n !== 1 || shape.length !== 4) {
    throw new ShapeError(`predict: the output of a tile is [${shape.join(", ")}], expected an image [1, H, W, C]`);
  }
  const scales = [h / rows.size, w / columns.size] as const;
  const [height, width] = [image.height * scales[0], image.width * scales[1]];
  if (!Number.isInteger(height) || !Number.isInteger(width)) {
    throw new ShapeError(
      `predict: the output of a tile [${rows.size}, ${columns.size}] is [${h}, ${w}], so that of the image would be [${height}, ${width}], expected whole pixels`,
    );
  }
  return { height, width, channels, scales, data: make(height * width * channels) };
}

/** Copies what is kept of a tile's output. @returns where it lies */
function paint<Data extends Float32Array | Uint8ClampedArray>(
  { data, width, channels, scales }: Painted<Data>,
  { rows, columns }: Tile,
  output: { readonly shape: Shape; readonly data: Float32Array },
): TiledPart {
  const [, h = 0, w = 0, c] = output.shape;
  const edges = (span: Span, scale: number) => [span.start, span.keepStart, span.keepEnd].map((edge) => edge * scale);
  const [top = 0, firstRow = 0, lastRow = 0] = edges(rows, scales[0]);
  const [left = 0, firstColumn = 0, lastColumn = 0] = edges(columns, scales[1]);
  const isWhole = [top, firstRow, lastRow, left, firstColumn, lastColumn].every(Number.isInteger);
  if (h !== rows.size * scales[0] || w !== columns.size * scales[1] || c !== channels || !isWhole) {
    throw new ShapeError(
      `predict: the output of a tile is [${output.shape.join(", ")}], expected ${scales.join(" and ")} times its height and width in whole pixels; give tiled the multipleOf that the network needs`,
    );
  }
  const length = (lastColumn - firstColumn) * channels;
  for (let row = firstRow; row < lastRow; row++) {
    const from = ((row - top) * w + firstColumn - left) * channels;
    data.set(output.data.subarray(from, from + length), (row * width + firstColumn) * channels);
  }
  return { top: firstRow, left: firstColumn, height: lastRow - firstRow, width: lastColumn - firstColumn };
}

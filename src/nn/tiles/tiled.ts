import { OptionError, show } from "../../core/errors.js";
import { OptionReader } from "../../core/options.js";
import type { Tensor } from "../../core/tensor.js";
import { Model } from "../model.js";
import type { GraphTensors } from "../modelTypes.js";
import { type HostImage, TiledRun, type TileSettings } from "./tiledRun.js";

/** The options of `tiled`. */
export interface TiledOptions {
  /** The height and width of a tile of the input, in pixels. At least 2 · overlap + multipleOf. Required. */
  readonly tile: number;
  /**
   * The number of pixels at each side of a tile whose result is dropped, except at the sides of the image. If no output
   * depends on pixels that are further away, the result is that of the whole image. 16 if left out.
   */
  readonly overlap?: number | undefined;
  /**
   * Each tile begins at a multiple of this number of pixels. For a network that makes images smaller inside, it is the
   * product of its strides. 1 if left out.
   */
  readonly multipleOf?: number | undefined;
}

/** The options of the `predict` of a tiled model. */
export interface TiledRunOptions {
  /**
   * The type of the result: "float32", or "uint8" for values that are rounded and clamped to 0 … 255, in a quarter of
   * the memory. "float32" if left out.
   */
  readonly output?: "float32" | "uint8" | undefined;
  /** Stops the run before its next tile. The loop and the promise throw the reason of the signal. None if left out. */
  readonly signal?: AbortSignal | undefined;
}

/** A model that computes images tile by tile. `tiled` makes it. */
export class Tiled {
  /** @internal */
  constructor(
    private readonly model: Model<GraphTensors>,
    private readonly settings: TileSettings,
  ) {}

  /**
   * Computes the output of the model for an image.
   *
   * @param image float32 [H, W, C] or [1, H, W, C]: a tensor, or numbers in the host's memory
   * @returns a loop over the progress, and a promise of the result. They throw OptionError if the image is invalid;
   * ShapeError if the image does not fit the model, or a tile of the output has no whole pixels; the reason of the
   * signal
   * @throws OptionError if an option is unknown or invalid
   */
  predict(
    image: HostImage | Tensor,
    options: TiledRunOptions & { readonly output: "uint8" },
  ): TiledRun<Uint8ClampedArray>;
  predict(image: HostImage | Tensor, options?: TiledRunOptions): TiledRun;
  predict(image: HostImage | Tensor, options: TiledRunOptions = {}): unknown {
    const reader: OptionReader = new OptionReader("predict", options, ["output", "signal"]);
    const signal = reader.given("signal");
    if (signal !== undefined && !(signal instanceof AbortSignal)) reader.refuse("signal", signal, "an AbortSignal");
    const bytes = reader.word("output", ["float32", "uint8"], "float32") === "uint8";
    return bytes
      ? new TiledRun(this.model, this.settings, image, signal, (size) => new Uint8ClampedArray(size))
      : new TiledRun(this.model, this.settings, image, signal, (size) => new Float32Array(size));
  }
}

/**
 * Makes a model compute large images in tiles that overlap. The device needs memory for one tile only, however large
 * the image is. The host holds the image and the result.
 *
 * @param model built, with one input [H, W, C] whose height and width vary, and one output that is an image
 * @returns an object whose `predict` takes an image
 * @throws OptionError if an option is unknown or invalid, or the model is not built, or has several inputs or outputs
 *
 * @example
 * ```ts
 * const upscale = new Sequential([new UpSampling2D()]).build(backend, { inputShape: [null, null, 1] });
 * const run = tiled(upscale, { tile: 2, overlap: 0 }).predict({ data: [1, 2, 3, 4], shape: [1, 4, 1] });
 * for await (const { done, total } of run) console.log(`${done} of ${total} tiles`);
 * const { shape, data } = await run;
 * shape; // [2, 8, 1]
 * data; // [1, 1, 2, 2, 3, 3, 4, 4, 1, 1, 2, 2, 3, 3, 4, 4]
 * ```
 */
export function tiled(model: Model<GraphTensors>, options: TiledOptions): Tiled {
  if (!(model instanceof Model)) throw new OptionError(`tiled: model is ${show(model)}, expected a model`);
  const reader: OptionReader = new OptionReader("tiled", options, ["tile", "overlap", "multipleOf"]);
  const tile = reader.integer("tile", 1);
  const overlap = reader.integer("overlap", 0, 16);
  const multiple = reader.integer("multipleOf", 1, 1);
  if (tile < 2 * overlap + multiple) {
    reader.refuse("tile", tile, `at least 2 · overlap + multipleOf = ${2 * overlap + multiple}`);
  }
  if (!model.isBuilt) throw new OptionError("tiled: build the model first: model.build(backend, { … })");
  if (model.inputNames.length > 1 || model.outputNames.length > 1) {
    throw new OptionError(
      `tiled: the model has ${model.inputNames.length} inputs and ${model.outputNames.length} outputs, expected one of each`,
    );
  }
  return new Tiled(model, { tile, overlap, multiple });
}

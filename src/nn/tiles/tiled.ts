import { OptionError, show } from "../../core/errors.js";
import { OptionReader } from "../../core/options.js";
import type { Tensor } from "../../core/tensor.js";
import { Model } from "../model.js";
import type { GraphTensors } from "../network.js";
import { type HostImage, TiledRun, type TileSettings } from "./tiledRun.js";

/** The options of `tiled`. */
export interface TiledOptions {
  /** The height and width of a tile that goes in, in pixels. Required. */
  readonly tile: number;
  /**
   * The pixels at the sides of a tile whose result is dropped, unless they are at the side of the image. 16 if left out. If
   * no output depends on pixels that are further away, the result is that of the whole image.
   */
  readonly overlap?: number | undefined;
  /**
   * Where tiles may begin: at multiples of this. For a network that makes images smaller inside, the product of its strides.
   * 1 if left out.
   */
  readonly multipleOf?: number | undefined;
}

/** The options of one run over a large image. */
export interface TiledRunOptions {
  /** "float32", or "uint8": rounded, from 0 to 255, in a quarter of the memory. "float32" if left out. */
  readonly output?: "float32" | "uint8" | undefined;
  /** Stops the run. */
  readonly signal?: AbortSignal | undefined;
}

/** Computes images tile by tile. */
export class Tiled {
  /** @internal */
  constructor(
    private readonly model: Model<GraphTensors>,
    private readonly settings: TileSettings,
  ) {}

  /**
   * Computes the model's output for an image.
   *
   * @param image float32 [1, H, W, C] as a tensor, or numbers in the host's memory
   * @returns a loop over the progress, and a promise of the result. They throw OptionError if the image or an option is
   * invalid; ShapeError if the image does not fit the model, or a tile of the output has no whole pixels; the signal's reason
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
 * Cuts large images into tiles that overlap, runs a model on each, and puts the results together. So the device needs
 * memory for one tile only, however large the image is. The host holds the image and the result.
 *
 * @param model built, with one input [H, W, C] whose height and width vary, and one output that is an image
 * @returns an object whose `predict` takes an image
 * @throws OptionError if an option is invalid, or the model is not built, or has several inputs or outputs
 *
 * @example
 * ```ts
 * const model = new Sequential([new UpSampling2D({ size: 2 })]).build(backend, { inputShape: [null, null, 3] });
 * const pixels = new Uint8Array(40 * 60 * 3).fill(7);
 * const run = tiled(model, { tile: 32, overlap: 4 }).predict({ data: pixels, shape: [40, 60, 3] }, { output: "uint8" });
 * for await (const { done, total } of run) console.log(`${done} of ${total}`);
 * const { data, shape } = await run;
 * shape; // [80, 120, 3]
 * data[0]; // 7
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

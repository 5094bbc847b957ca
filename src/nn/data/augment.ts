import { OptionError, show } from "../../core/errors.js";
import { cosineOfHalfTurns } from "../../core/math.js";
import { existing } from "../../core/objects.js";
import { OptionReader } from "../../core/options.js";
import { isRefusedPromise } from "../../core/promises.js";
import { RandomNumbers } from "../../core/random.js";
import { elementsOf, type Shape } from "../../core/shape.js";
import type { ExampleShape } from "../graph/extents.js";
import type { ExampleBatch } from "./dataset.js";

/**
 * Random changes of the images [H, W, C] of each step. Labels stay as they are. So `fit` refuses all but `brightness`
 * if an output is a map [H, W, C], as of a U-Net. Each number is the largest change: the change is drawn evenly
 * from −number to number. There is no change for an option that is left out. Pixels that come from outside of the
 * image are 0.
 *
 * @example
 * ```ts
 * const model = new Sequential([new Flatten(), new Dense({ units: 2 })]).build(backend, { inputShape: [4, 4, 1] });
 * model.compile({ optimizer: "adam", loss: "softmaxCrossEntropy" });
 * const train = { images: new Uint8Array(32), shape: [2, 4, 4, 1], labels: [0, 1] };
 * await model.fit(train, { epochs: 3, augment: { flip: true, shift: 1, rotate: 10, zoom: 0.1 } });
 * model.stepsDone; // 3
 * ```
 */
export interface AugmentOptions {
  /**
   * Mirrors half of the images: left to right ("horizontal", or true), top to bottom ("vertical"), or each
   * independently ("both"). False if left out.
   */
  readonly flip?: boolean | "horizontal" | "vertical" | "both" | undefined;
  /**
   * Moves the image. Below 1, it is a share of height and width; from 1 on, it is a number of pixels, as in Keras's
   * ImageDataGenerator. 0 if left out.
   */
  readonly shift?: number | undefined;
  /** Rotates the image, in degrees. 0 if left out. */
  readonly rotate?: number | undefined;
  /** Scales the image by a factor from 1 − zoom to 1 + zoom; in [0, 1). 0 if left out. */
  readonly zoom?: number | undefined;
  /** Adds one number to all values of the image. Bytes are from 0 to 1 here. 0 if left out. */
  readonly brightness?: number | undefined;
}

/**
 * Changes an image in your own way. It is called for each image of each step.
 *
 * @param image the values in row-major order, bytes scaled to 0 … 1. Change them in place, or return others
 * @param shape [H, W, C]
 * @param random numbers that depend only on the seed, the epoch and the example
 * @returns as many values, or undefined if it changed them in place
 *
 * @example
 * ```ts
 * const invert: AugmentFunction = (image) => image.map((value) => 1 - value);
 * const model = new Sequential([new Flatten(), new Dense({ units: 2 })]).build(backend, { inputShape: [4, 4, 1] });
 * model.compile({ optimizer: "adam", loss: "softmaxCrossEntropy" });
 * const train = { images: new Uint8Array(32), shape: [2, 4, 4, 1], labels: [0, 1] };
 * await model.fit(train, { epochs: 3, augment: invert });
 * model.stepsDone; // 3
 * ```
 */
export type AugmentFunction = (image: Float32Array, shape: Shape, random: RandomNumbers) => Float32Array | undefined;

/** Changes one image. */
export type Augmentation = (image: Float32Array, shape: Shape, random: RandomNumbers) => void;

/** The streams of random numbers of a seed that augmentation uses. Epochs use those from 2³¹ on for their orders. */
const FIRST_STREAM = 2 ** 30;

/**
 * @param outputs the extents of one example of each output
 * @throws OptionError, also if images would move away from labels that have a value for each place
 */
export function readAugmentation(
  operator: string,
  augment: unknown,
  outputs: ReadonlyMap<string, ExampleShape>,
): Augmentation | undefined {
  if (augment === undefined) return undefined;
  if (isFunction(augment)) return ownAugmentation(operator, augment);
  const reader = new OptionReader(operator, augment, ["flip", "shift", "rotate", "zoom", "brightness"], "augment");
  const flip = readFlip(reader);
  const shift = reader.numberFrom("shift", 0, Number.POSITIVE_INFINITY, 0);
  const rotate = reader.numberFrom("rotate", 0, Number.POSITIVE_INFINITY, 0);
  const zoom = reader.numberFrom("zoom", 0, 1, 0);
  const brightness = reader.numberFrom("brightness", 0, Number.POSITIVE_INFINITY, 0);
  const moves = flip !== undefined || shift + rotate + zoom > 0;
  if (moves) checkLabelsStay(operator, outputs);
  return (image, shape, random) => {
    const [h = 1, w = 1] = shape;
    // All are drawn in any case, so one option does not change the others' numbers.
    const [mirrorX, mirrorY] = [random.uniform() < 0.5, random.uniform() < 0.5];
    const drawn = () => 2 * random.uniform() - 1;
    const [down, right, turn, size, light] = [drawn(), drawn(), drawn(), drawn(), drawn()];
    if (moves) {
      const degrees = rotate * turn;
      const scale = 1 / (1 + zoom * size);
      warp(image, shape, {
        cosine: scale * cosineOf(degrees),
        sine: scale * cosineOf(degrees - 90),
        down: shift < 1 ? shift * down * h : shift * down,
        right: shift < 1 ? shift * right * w : shift * right,
        mirrorX: mirrorX && (flip === "horizontal" || flip === "both"),
        mirrorY: mirrorY && (flip === "vertical" || flip === "both"),
      });
    }
    if (brightness > 0) for (let i = 0; i < image.length; i++) image[i] = existing(image[i]) + brightness * light;
  };
}

/** A label for the whole image is right wherever the image moves. A map of labels would have to move with it. */
function checkLabelsStay(operator: string, outputs: ReadonlyMap<string, ExampleShape>): void {
  for (const [name, shape] of outputs) {
    const [h, w] = shape;
    if (shape.length !== 3 || (h === 1 && w === 1)) continue;
    throw new OptionError(
      `${operator}: augment moves the images, but the labels of output "${name}" [N, ${shape.join(", ")}] have values for each place, and would stay; use brightness alone, or move images and labels of the dataset yourself`,
    );
  }
}

const FLIPS = ["horizontal", "vertical", "both"] as const;

function readFlip(reader: OptionReader): (typeof FLIPS)[number] | undefined {
  const flip = reader.given("flip");
  if (flip === undefined || flip === false) return undefined;
  return flip === true ? "horizontal" : reader.word("flip", FLIPS);
}

/** Changes the images of a batch. @param at which examples they are */
export function augmented(
  batch: ExampleBatch,
  augmentation: Augmentation,
  { seed, epoch, examples }: { readonly seed: number; readonly epoch: number; readonly examples: Uint32Array },
): ExampleBatch {
  for (const { shape, data } of batch.inputs.values()) {
    const [, ...example] = shape;
    const size = elementsOf(example);
    examples.forEach((number, i) => {
      // Each example of each epoch has a seed of its own.
      const random = new RandomNumbers(exampleSeed(seed, epoch), FIRST_STREAM + (number % FIRST_STREAM));
      augmentation(data.subarray(i * size, (i + 1) * size), example, random);
    });
  }
  return batch;
}

/** The same bits on every engine. */
function cosineOf(degrees: number): number {
  const halfTurns = Math.abs(degrees / 180) % 2;
  return cosineOfHalfTurns(halfTurns > 1 ? 2 - halfTurns : halfTurns);
}

function exampleSeed(seed: number, epoch: number): number {
  return (seed + (epoch + 1) * 2 ** 32) % 2 ** 53;
}

interface Warp {
  readonly cosine: number;
  readonly sine: number;
  readonly down: number;
  readonly right: number;
  readonly mirrorX: boolean;
  readonly mirrorY: boolean;
}

/** Moves an image about its centre. Pixels between others are mixed; those from outside are 0. */
function warp(image: Float32Array, shape: Shape, { cosine, sine, down, right, mirrorX, mirrorY }: Warp): void {
  const [h = 1, w = 1, c = 1] = shape;
  const source = image.slice();
  const [middleY, middleX] = [(h - 1) / 2, (w - 1) / 2];
  const pixel = (y: number, x: number, channel: number) =>
    y >= 0 && y < h && x >= 0 && x < w ? existing(source[(y * w + x) * c + channel]) : 0;
  for (let y = 0; y < h; y++) {
    for (let x = 0; x < w; x++) {
      const dy = (mirrorY ? h - 1 - y : y) - middleY - down;
      const dx = (mirrorX ? w - 1 - x : x) - middleX - right;
      const fromY = middleY + cosine * dy - sine * dx;
      const fromX = middleX + sine * dy + cosine * dx;
      const [top, left] = [Math.floor(fromY), Math.floor(fromX)];
      const [below, beside] = [fromY - top, fromX - left];
      for (let channel = 0; channel < c; channel++) {
        image[(y * w + x) * c + channel] =
          (1 - below) * ((1 - beside) * pixel(top, left, channel) + beside * pixel(top, left + 1, channel)) +
          below * ((1 - beside) * pixel(top + 1, left, channel) + beside * pixel(top + 1, left + 1, channel));
      }
    }
  }
}

function ownAugmentation(operator: string, augment: AugmentFunction): Augmentation {
  return (image, shape, random) => {
    const changed: unknown = augment(image, shape, random);
    if (changed === undefined || changed === image) return;
    if (!(changed instanceof Float32Array) || changed.length !== image.length) {
      const advice = isRefusedPromise(changed) ? "; it is not async" : "";
      throw new OptionError(
        `${operator}: augment gave ${show(changed)}, expected a Float32Array of ${image.length} values, or nothing${advice}`,
      );
    }
    image.set(changed);
  };
}

function isFunction(value: unknown): value is AugmentFunction {
  return typeof value === "function";
}

import { ShapeError, show } from "../../core/errors.js";
import type { HostAttributes } from "../host/attributes.js";

/** The resizing of one axis. `start` and `end` are the region of interest. */
export interface AxisResize {
  readonly input: number;
  readonly output: number;
  readonly scale: number;
  readonly start: number;
  readonly end: number;
}

/** For each output one row of the input and its weight. Without weights, all are 1. */
interface Tap {
  readonly rows: readonly number[];
  readonly weights: readonly number[] | undefined;
}

interface Taps {
  readonly taps: readonly Tap[];
  /** What is added to outputs whose point lies beyond the input. Their rows are beyond it too, which gives zeros. */
  readonly beyond: readonly number[] | undefined;
}

/** The points of the input that the outputs show (ONNX's coordinate_transformation_mode). */
function pointOf(mode: string, o: number, { input, output, scale, start, end }: AxisResize): number {
  // The extent that the scale asks for. It may have a fraction.
  const asked = input * scale;
  switch (mode) {
    case "half_pixel":
      return (o + 0.5) / scale - 0.5;
    case "half_pixel_symmetric":
      return (input / 2) * (1 - output / asked) + (o + 0.5) / scale - 0.5;
    case "pytorch_half_pixel":
      return asked > 1 ? (o + 0.5) / scale - 0.5 : 0;
    case "align_corners":
      return asked === 1 ? 0 : (o * (input - 1)) / (asked - 1);
    case "asymmetric":
      return o / scale;
    case "tf_half_pixel_for_nn":
      return (o + 0.5) / scale;
    case "tf_crop_and_resize":
      return output > 1
        ? start * (input - 1) + (o * (end - start) * (input - 1)) / (output - 1)
        : 0.5 * (start + end) * (input - 1);
    default:
      throw new ShapeError(`its coordinate_transformation_mode ${show(mode)} is not known`);
  }
}

const ROUNDINGS: Readonly<Record<string, (x: number) => number>> = {
  ceil: Math.ceil,
  floor: Math.floor,
  round_prefer_ceil: (x) => Math.floor(x + 0.5),
  round_prefer_floor: (x) => Math.ceil(x - 0.5),
};

/** @throws ShapeError if a mode is not known */
export function tapsOf(attributes: HostAttributes, resize: AxisResize): Taps {
  const { input, output } = resize;
  const mode = attributes.text("coordinate_transformation_mode", "half_pixel");
  const points = Array.from({ length: output }, (_, o) => pointOf(mode, o, resize));
  const inside = (point: number) => mode !== "tf_crop_and_resize" || (point >= 0 && point <= input - 1);
  const value = attributes.number("extrapolation_value", 0);
  const beyond = points.every(inside) ? undefined : points.map((point) => (inside(point) ? 0 : value));
  const clamped = (row: number) => Math.min(input - 1, Math.max(0, row));
  const rowAt = (point: number, row: number) => (inside(point) ? clamped(row) : input);
  const interpolation = attributes.text("mode", "nearest");
  if (interpolation === "nearest") {
    const round = ROUNDINGS[attributes.text("nearest_mode", "round_prefer_floor")];
    if (!round) throw new ShapeError("its nearest_mode is not known");
    return { taps: [{ rows: points.map((point) => rowAt(point, round(point))), weights: undefined }], beyond };
  }
  const offsets = interpolation === "cubic" ? [-1, 0, 1, 2] : [0, 1];
  const weights = points.map((point) => weightsAt(attributes, interpolation, point, input));
  const taps = offsets.map((offset, i) => ({
    rows: points.map((point) => rowAt(point, Math.floor(point) + offset)),
    weights: weights.map((each) => each[i] ?? 0),
  }));
  return { taps, beyond };
}

/** The weights of the pixels around a point. */
function weightsAt(attributes: HostAttributes, mode: string, point: number, input: number): readonly number[] {
  const below = Math.floor(point);
  const t = point - below;
  if (mode === "linear") return [1 - t, t];
  if (mode !== "cubic") throw new ShapeError(`its mode ${show(mode)} is not known`);
  const a = attributes.number("cubic_coeff_a", -0.75);
  // Keys, "Cubic convolution interpolation for digital image processing", 1981.
  const near = (d: number) => ((a + 2) * d - (a + 3)) * d * d + 1;
  const far = (d: number) => ((a * d - 5 * a) * d + 8 * a) * d - 4 * a;
  const weights = [far(t + 1), near(t), near(1 - t), far(2 - t)];
  if (attributes.number("exclude_outside", 0) === 0) return weights;
  const kept = weights.map((weight, i) => (below - 1 + i >= 0 && below - 1 + i < input ? weight : 0));
  const sum = kept.reduce((total, weight) => total + weight, 0);
  return kept.map((weight) => weight / sum);
}

/** The numbers of a moment, as images and in colours. */
import { blueRed, type ColourMap, ink, type Paper, teal } from "../../colours.js";
import { channelsOf, type HostTensor, type Image, largest } from "../../images.js";
import type { Station } from "../network/architecture.js";
import type { ConvLayer } from "../network/steps.js";
import type { Cell, Settings } from "../settings/settings.js";
import type { BlockPlace } from "./place.js";
import type { Moment } from "./useMoment.js";

/** The maps of a station; none where there are no maps. */
export function mapsOf({ pass }: Moment, { name }: Station): Image[] {
  const values = pass.values[name];
  return values && values.shape.length === 4 ? channelsOf(values, 0) : [];
}

/** The gradients of the loss with respect to a station's maps. */
export function gradientsOf({ pass }: Moment, { name }: Station): Image[] {
  const values = pass.gradients[name];
  return values && values.shape.length === 4 ? channelsOf(values, 0) : [];
}

export const valueAt = (image: Image | undefined, { row, column }: Cell): number =>
  image?.at(row, column) ?? Number.NaN;

const ONE_SIDED: readonly Settings["activation"][] = ["relu", "sigmoid"];

/** The colours of a station's numbers. The limit is that of all its maps, so that a colour means the same in each. */
export function coloursOf(moment: Moment, station: Station, paper: Paper): ColourMap {
  if (station.kind === "picture") return ink(1, paper);
  const limit = largest(mapsOf(moment, station));
  const never = station.kind !== "convolution" && ONE_SIDED.includes(moment.architecture.activation);
  return never ? teal(limit, paper) : blueRed(limit, paper);
}

/** A filter's weights for one of the maps that it reads. @param kernel [f, f, C, K] */
export function filterImage({ shape, values }: HostTensor, source: number, map: number): Image {
  const [height = 0, width = 0, channels = 0, filters = 0] = shape;
  return {
    height,
    width,
    at: (row, column) => values[((row * width + column) * channels + source) * filters + map] ?? Number.NaN,
  };
}

/** The largest weight of a layer, whatever its sign. */
export function limitOf({ values }: HostTensor): number {
  let limit = 0;
  for (const value of values) limit = Math.max(limit, Math.abs(value));
  return limit || 1;
}

/** One channel of [H, W, C], in reading order. */
export function channel({ shape, values }: HostTensor, n: number): number[] {
  const channels = shape.at(-1) ?? 1;
  return Array.from({ length: values.length / channels }, (_, i) => values[i * channels + n] ?? Number.NaN);
}

/** A part of an image, in reading order. Beyond its edge there are zeros. */
export function cut(image: Image | undefined, corner: Cell, size: number): number[] {
  return Array.from({ length: size * size }, (_, i) => {
    const [row, column] = [corner.row + Math.floor(i / size), corner.column + (i % size)];
    const inside = image && row >= 0 && column >= 0 && row < image.height && column < image.width;
    return inside ? image.at(row, column) : 0;
  });
}

/** A block's convolution, with what it reads. */
export function layerOf({ pass, weights }: Moment, { block, number, reads }: BlockPlace): ConvLayer | undefined {
  const x = pass.values[reads.name];
  const of = weights[number - 1];
  return x && of && { block, x, kernel: of.kernel, bias: of.bias };
}

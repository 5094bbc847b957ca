import { averagePool2d, type Backend, conv2d, maxPool2d, slice, type Tensor } from "webgpu-cnn";
import { channelsOf, type HostTensor } from "../../images.js";
import type { Cell } from "../settings/settings.js";
import type { WeightValues } from "../worker/messages.js";
import type { Architecture } from "./architecture.js";
import { ACTIVATIONS, convOptions, POOL_OPTIONS, read } from "./pass.js";
import { marginsOf, windowCorner } from "./windows.js";

/** Where a filter answers most, in each of several pictures. */
export interface StrongestQuestion {
  readonly architecture: Architecture;
  /** The convolutions, up to that of the filter at least. */
  readonly weights: readonly WeightValues[];
  /** [N, H, W, C] */
  readonly pictures: HostTensor;
  /** From 1. */
  readonly block: number;
  readonly map: number;
}

/** For each picture: the cell with the largest number of the map, that number, and what lies under its window, [1, f, f, C]. */
export type StrongestAnswer = readonly { readonly cell: Cell; readonly z: number; readonly window: HostTensor }[];

export async function strongest(
  backend: Backend,
  { architecture, weights, pictures, block: number, map }: StrongestQuestion,
): Promise<StrongestAnswer> {
  const block = architecture.blocks[number - 1];
  if (!block) throw new Error(`the network has no block ${number}`);
  const tensors = backend.tidy(() => {
    let x: Tensor = backend.tensor(pictures.values, pictures.shape);
    let z = convolve(backend, x, architecture, weights, 0);
    for (const [i, { pool }] of architecture.blocks.slice(0, number - 1).entries()) {
      x = ACTIVATIONS[architecture.activation].forward(z);
      if (pool !== "none") x = (pool === "max" ? maxPool2d : averagePool2d)(x, POOL_OPTIONS);
      z = convolve(backend, x, architecture, weights, i + 1);
    }
    const [count = 0, height = 0, width = 0] = z.shape;
    return { x, z: slice(z, [0, 0, 0, map], [count, height, width, 1]) };
  });
  const [x, z] = await Promise.all([read(tensors.x), read(tensors.z)]);
  const [count = 0, height = 0, width = 0] = z.shape;
  const margins = marginsOf(block, x.shape[1] ?? 0, x.shape[2] ?? 0);
  return Array.from({ length: count }, (_, n) => {
    const numbers = z.values.subarray(n * height * width, (n + 1) * height * width);
    const index = numbers.reduce((found, value, i) => (value > (numbers[found] ?? 0) ? i : found), 0);
    const cell = { row: Math.floor(index / width), column: index % width };
    const window = windowOf(x, n, windowCorner(block, margins, cell), block.size);
    return { cell, z: numbers[index] ?? Number.NaN, window };
  });
}

function convolve(
  backend: Backend,
  x: Tensor,
  { blocks }: Architecture,
  weights: readonly WeightValues[],
  i: number,
): Tensor {
  const [block, of] = [blocks[i], weights[i]];
  if (!block || !of) throw new Error(`the network has no block ${i + 1}`);
  const upload = ({ values, shape }: HostTensor) => backend.tensor(values, shape);
  return conv2d(x, upload(of.kernel), { ...convOptions(block), bias: upload(of.bias) });
}

/** A window of one picture; beyond the edge there are zeros. */
function windowOf(x: HostTensor, n: number, corner: Cell, size: number): HostTensor {
  const channels = channelsOf(x, n);
  const values = Float32Array.from({ length: size * size * channels.length }, (_, i) => {
    const pixel = Math.floor(i / channels.length);
    const [row, column] = [corner.row + Math.floor(pixel / size), corner.column + (pixel % size)];
    const image = channels[i % channels.length];
    const inside = image && row >= 0 && column >= 0 && row < image.height && column < image.width;
    return inside ? image.at(row, column) : 0;
  });
  return { shape: [1, size, size, channels.length], values };
}

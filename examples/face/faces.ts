import { type Backend, pad2d, resample2d, type Tensor } from "webgpu-cnn";
import type { Sequential } from "webgpu-cnn/nn";

/** Red, green and blue, from 0 to 255. */
export interface Picture {
  /** [H, W, 3] */
  readonly shape: readonly number[];
  readonly data: Uint8ClampedArray;
}

/** A face in a picture. Lengths are in pixels. */
export interface Face {
  /** From 0 to 1: how sure the network is. */
  readonly score: number;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** The picture as the network takes it: a square with black at the right or at the bottom, in the size that it gets. */
export function prepare(backend: Backend, { shape: [height = 0, width = 0], data }: Picture, size: number): Tensor {
  if (!(size > 0 && size % 32 === 0)) throw new RangeError(`size is ${size}, expected a multiple of 32`);
  return backend.tidy(() => {
    const side = Math.max(height, width);
    const image = backend.tensor(Float32Array.from(data), [1, height, width, 3]);
    const square = pad2d(image, { padding: [0, side - height, 0, side - width] });
    return resample2d(square, { sizes: [size, size], mode: "linear", coordinates: "asymmetric" });
  });
}

/** Widths and heights of the five boxes of a cell, in cells. */
const ANCHORS = [
  [1.603231, 2.094468],
  [6.041143, 7.080126],
  [2.882459, 3.518061],
  [4.266906, 5.178857],
  [9.041765, 10.66308],
] as const;

const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));

/**
 * The boxes with a score above a threshold. Of boxes that overlap, the best stays.
 *
 * @param output what the network gives for one picture: [cells, cells, 25]
 */
export function boxesIn(output: Float32Array, cells: number, { shape }: Picture, threshold: number): Face[] {
  const [height = 0, width = 0] = shape;
  const size = 32 * cells;
  const scale = size / Math.max(height, width);
  // What a cell covers of the picture, in pixels. The original rounds the scaled picture's size.
  const across = (width * 32) / Math.round(width * scale);
  const down = (height * 32) / Math.round(height * scale);
  const boxes: Face[] = [];
  for (let i = 0; i < 5 * cells * cells; i++) {
    const [x = 0, y = 0, w = 0, h = 0, s = 0] = output.subarray(5 * i, 5 * i + 5);
    const score = sigmoid(s);
    if (score <= threshold) continue;
    const [anchorWidth, anchorHeight] = ANCHORS[i % 5] ?? ANCHORS[0];
    const cell = Math.floor(i / 5);
    const boxWidth = Math.exp(w) * anchorWidth * across;
    const boxHeight = Math.exp(h) * anchorHeight * down;
    const centreX = ((cell % cells) + sigmoid(x)) * across;
    const centreY = (Math.floor(cell / cells) + sigmoid(y)) * down;
    boxes.push({ score, x: centreX - boxWidth / 2, y: centreY - boxHeight / 2, width: boxWidth, height: boxHeight });
  }
  boxes.sort((a, b) => b.score - a.score);
  const kept: Face[] = [];
  for (const box of boxes) if (kept.every((better) => overlap(better, box) <= 0.4)) kept.push(box);
  return kept;
}

/** The area that two boxes share, over the area that they cover. */
function overlap(a: Face, b: Face): number {
  const width = Math.min(a.x + a.width, b.x + b.width) - Math.max(a.x, b.x);
  const height = Math.min(a.y + a.height, b.y + b.height) - Math.max(a.y, b.y);
  const shared = Math.max(0, width) * Math.max(0, height);
  return shared / (a.width * a.height + b.width * b.height - shared);
}

/** Finds the faces in a picture. `size` is a multiple of 32: a larger one finds smaller faces. */
export async function findFaces(model: Sequential, picture: Picture, size: number, threshold = 0.5): Promise<Face[]> {
  const x = prepare(model.backend, picture, size);
  const y = model.predict(x);
  const output = await y.read();
  for (const tensor of [x, y]) tensor.dispose();
  return boxesIn(output, size / 32, picture, threshold);
}

import type { MatmulAttributes } from "../../core/attributes.js";
import { byteSize } from "../../core/byteSize.js";
import { OutOfMemoryError } from "../../core/errors.js";
import { type Conv2dGeometry, windowGeometry } from "../../core/geometry.js";
import type { DeviceTraits, Launcher } from "../../core/operation.js";
import type { Storage } from "../../core/storage.js";
import { launchTranspose } from "../arrange/transpose.js";
import { launchPass } from "../conv/plan.js";
import { launchSum } from "../kit/slicedSum.js";
import { isLongSum } from "../kit/slices.js";
import { launchBatched } from "./batched.js";

export interface MatmulOperands {
  readonly a: Storage;
  readonly b: Storage;
  readonly bias: Storage | undefined;
  readonly y: Storage;
}

/**
 * Computes a matrix product by the kernels of convolution, unless its sums are long. A product is a convolution of one tap, and its three forms
 * are the passes of that convolution: A·B is the forward, A·Bᵀ the gradient of the input, Aᵀ·B the gradient of the
 * filter.
 *
 * @param g at most one factor is transposed
 */
export function launchMatmul(launcher: Launcher, g: MatmulAttributes, { a, b, bias, y }: MatmulOperands): void {
  const { m, n, k, relu } = g;
  if (!g.transposeA && b.bytes > launcher.traits.maxBindingBytes) {
    throw new OutOfMemoryError(
      `matmul: b takes ${byteSize(b.bytes)}, one binding of this device holds ${byteSize(launcher.traits.maxBindingBytes)}; split its columns, or ask for a device with a larger maxStorageBufferBindingSize`,
    );
  }
  if (isLongSum(k) && canBeSliced(g, [a, b, y], launcher.traits)) {
    launchBatched(launcher, g, { a, b, bias, y });
    return;
  }
  if (g.transposeB && isFasterTransposed(g, launcher.traits)) {
    const bTransposed = launcher.workspace(k * n);
    launchTranspose(launcher, [1, 1, k, n], [0, 0, 1, k], { x: b, y: bTransposed });
    launchMatmul(launcher, { ...g, transposeB: false }, { a, b: bTransposed, bias, y });
    return;
  }
  if (!(g.transposeA || g.transposeB)) {
    launcher.forEachBatch(m, { a, y }, (chunk, rows) => {
      const product = oneTap({ rows: 1, columns: rows, c: k, k: n });
      launchPass(launcher, "conv2d", product, { x: chunk.a, w: b, bias, relu, y: chunk.y }, "auto");
    });
    return;
  }
  // Only the forward's kernels add a bias and apply an activation. For the other forms, a second dispatch does it.
  const unfinished = bias !== undefined || relu;
  const total = unfinished ? launcher.workspace(m * n) : y;
  if (g.transposeA) {
    const columns = columnsOf(k, Math.max(a.bytes, b.bytes), launcher.traits);
    const product = oneTap({ rows: k / columns, columns, c: m, k: n });
    launchPass(launcher, "conv2dBackwardFilter", product, { x: a, dy: b, dw: total }, "auto");
  } else {
    launcher.forEachBatch(m, { a, total }, (chunk, rows) => {
      const product = oneTap({ rows: 1, columns: rows, c: n, k });
      launchPass(launcher, "conv2dBackwardInput", product, { dy: chunk.a, w: b, dx: chunk.total }, "auto");
    });
  }
  if (!unfinished) return;
  launcher.forEachBatch(m, { total, y }, (chunk, rows) => {
    const sum = { slices: 1, elements: rows * n, partial: chunk.total, total: chunk.y };
    launchSum(launcher, { ...sum, bias, relu, channels: n });
  });
}

/**
 * Whether shaders/matmul cuts a long sum into slices. It binds all tensors whole. On a GPU, the kernels for Aᵀ·B cut
 * their sums themselves.
 */
function canBeSliced(
  { transposeA }: MatmulAttributes,
  tensors: readonly Storage[],
  { software, maxBindingBytes }: DeviceTraits,
): boolean {
  return tensors.every(({ bytes }) => bytes <= maxBindingBytes) && (software || !transposeA);
}

/**
 * Software: A·Bᵀ is faster if b is transposed first and A·B is computed. This holds for at least this many rows and at
 * most this many products. For such work the kernels of conv2dBackwardInput have small tiles, which compile sooner. For
 * larger products their tiles are as large as the forward's.
 *
 * The bench has no row for these numbers: time `matmul` with `transposeB` on both sides of the limits.
 */
const TRANSPOSED = { fewestRows: 8, mostProducts: 2e7 } as const;

function isFasterTransposed({ m, n, k }: MatmulAttributes, traits: DeviceTraits): boolean {
  return traits.software && m >= TRANSPOSED.fewestRows && m * n * k <= TRANSPOSED.mostProducts;
}

/**
 * The columns of the image whose pixels are the terms of Aᵀ·B. The sum is cut into slices and chunks between the rows
 * of this image.
 *
 * @param bytes the bytes of the larger factor
 */
function columnsOf(k: number, bytes: number, traits: DeviceTraits): number {
  // The kernels for software adapters take four columns at a time. Those for GPUs take any pixels of a slice.
  const columns = [16, 12, 8, 4].find((columns) => k % columns === 0);
  if (columns !== undefined) return columns;
  return traits.software && bytes <= traits.maxBindingBytes ? k : 1;
}

/** A convolution of one tap over one image, or over `rows` images of one row each. */
function oneTap(extents: { rows: number; columns: number; c: number; k: number }): Conv2dGeometry {
  const { rows, columns, c, k } = extents;
  const window = {
    window: [1, 1],
    strides: [1, 1],
    dilations: [1, 1],
    padding: [0, 0, 0, 0],
    rounding: "floor",
  } as const;
  return windowGeometry("matmul", { n: rows, h: 1, w: columns, c }, window, k, 1);
}

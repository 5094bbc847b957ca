import transposeShader from "../../shaders/transpose.wgsl";
import { OptionError, ShapeError, show } from "../errors.js";
import { inLayout, permutationBetween } from "../geometry.js";
import { OptionReader } from "../options.js";
import { reshape, type Shape, type Tensor } from "../tensor.js";
import type { Bindable } from "../webgpu/dispatch.js";
import { checkTensors, execute, type Launcher } from "./execute.js";
import { inStrips } from "./strips.js";

export interface TransposeOptions {
  /** For each axis of the output, which axis of the input it is; the reverse order if left out. */
  readonly permutation?: readonly number[] | undefined;
}

/**
 * The same elements with the axes in another order (WebNN's `transpose`).
 *
 * @param x any shape of at most four axes
 * @returns a tensor of the shape `[x.shape[permutation[0]], …]`
 * @throws OptionError where `permutation` does not name each axis of x once; ShapeError where x has more than four axes
 */
export function transpose(x: Tensor, options: TransposeOptions = {}): Tensor {
  checkTensors("transpose", { x });
  new OptionReader("transpose", options, ["permutation"]);
  const rank = x.shape.length;
  const reversed = x.shape.map((_, axis) => rank - 1 - axis);
  const permutation: unknown = options.permutation === undefined ? reversed : options.permutation;
  if (rank > 4) {
    throw new ShapeError(
      `transpose: x has rank ${rank}, expected at most 4 (x [${x.shape.join(", ")}]); join axes with reshape`,
    );
  }
  if (!isPermutation(permutation, rank)) {
    throw new OptionError(
      `transpose: permutation is ${show(permutation)}, expected each axis of x [${x.shape.join(", ")}] once`,
    );
  }
  // Brought to four axes by leading ones of extent 1.
  const strides = stridesOf(x.shape);
  const missing = 4 - rank;
  const extentAt = (axis: number) => (axis < missing ? 1 : (x.shape[permutation[axis - missing] ?? 0] ?? 1));
  const strideAt = (axis: number) => (axis < missing ? 0 : (strides[permutation[axis - missing] ?? 0] ?? 0));
  const extents: FourAxes = [extentAt(0), extentAt(1), extentAt(2), extentAt(3)];
  const steps: FourAxes = [strideAt(0), strideAt(1), strideAt(2), strideAt(3)];
  return execute({
    name: "transpose",
    inputs: { x },
    outputs: { y: permutation.map((axis) => x.shape[axis] ?? 1) },
    gpu(launcher, { x }, { y }) {
      const [images, ...image] = extents;
      // Where the outermost axis stays, it is a batch; else the tensor must be bound as a whole.
      if (steps[0] !== x.elements / images) launchTranspose(launcher, extents, steps, { x, y });
      else
        launcher.forEachBatch(images, { x, y }, (chunk, n) => launchTranspose(launcher, [n, ...image], steps, chunk));
    },
    cpu: ({ x }, { y }, twins) => twins.transpose(extents, steps, x, y),
    terms: 0,
    linearIn: [],
    backward: ({ gradient }) => ({ x: transpose(gradient("y"), { permutation: inverseOf(permutation) }) }),
  }).y;
}

type FourAxes = readonly [number, number, number, number];

/** Elements that an invocation moves at a time. */
const TILE = 4;

/**
 * Launches the kernel.
 *
 * @param extents of the output
 * @param strides in elements of the input, for one step along each axis of the output
 */
export function launchTranspose(
  launcher: Launcher,
  [extent0, extent1, extent2, extent3]: FourAxes,
  [stride0, stride1, stride2, stride3]: FourAxes,
  bindings: { readonly x: Bindable; readonly y: Bindable },
): void {
  const rows = extent0 * extent1 * extent2;
  const { params, invocationsPerRow } = inStrips(launcher.traits, rows, Math.ceil(extent3 / TILE), 1);
  launcher.launch({
    shader: transposeShader,
    constants: { TILE },
    params: { ...params, extent1, extent2, extent3, stride0, stride1, stride2, stride3 },
    bindings,
    invocations: rows * invocationsPerRow,
    work: rows * extent3,
  });
}

/** x with its axes brought from one layout's order to another's; x itself where they agree. */
export function toLayout(x: Tensor, from: string, to: string): Tensor {
  if (from === to) return x;
  const permutation = permutationBetween(from, to);
  // Axes of extent 1 may move past the others without an element moving in memory.
  const moving = permutation.filter((axis) => x.shape[axis] !== 1);
  if (moving.every((axis, i) => i === 0 || axis > (moving[i - 1] ?? 0))) return reshape(x, inLayout(x.shape, from, to));
  return transpose(x, { permutation });
}

function isPermutation(value: unknown, rank: number): value is readonly number[] {
  return Array.isArray(value) && value.length === rank && [...Array(rank).keys()].every((axis) => value.includes(axis));
}

function inverseOf(permutation: readonly number[]): number[] {
  return permutation.map((_, axis) => permutation.indexOf(axis));
}

function stridesOf(shape: Shape): number[] {
  const strides: number[] = [];
  let step = 1;
  for (const extent of shape.toReversed()) {
    strides.unshift(step);
    step *= extent;
  }
  return strides;
}

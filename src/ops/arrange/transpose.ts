import transposeShader from "../../../shaders/arrange/transpose.wgsl";
import { OptionError, ShapeError, show } from "../../core/errors.js";
import { inLayout, permutationBetween } from "../../core/geometry.js";
import type { Launcher } from "../../core/operation.js";
import { OptionReader } from "../../core/options.js";
import { elementsOf, type Shape } from "../../core/shape.js";
import type { Bindable } from "../../core/storage.js";
import { reshape, type Tensor } from "../../core/tensor.js";
import { checkTensors, execute } from "../kit/execute.js";
import { inStrips } from "../kit/strips.js";

/** The options of {@link transpose}. */
export interface TransposeOptions {
  /** For each axis of the output, the number of the input's axis. The reverse order if left out. */
  readonly permutation?: readonly number[] | undefined;
}

/**
 * Puts the axes of a tensor into another order (WebNN's `transpose`).
 *
 * @param x float32 with up to six axes. It may have more, if at most six remain after axes that stay neighbours are
 * joined
 * @param options `permutation`, see {@link TransposeOptions}
 * @returns float32 of the shape `[x.shape[permutation[0]], …]`
 * @throws OptionError if `permutation` does not name each axis of x once; ShapeError if more than six runs of axes
 * move; DisposedError, BackendLostError, OutOfMemoryError
 *
 * @example
 * ```ts
 * const x = backend.tensor([[1, 2, 3], [4, 5, 6]]);
 * await transpose(x).read(); // [1, 4, 2, 5, 3, 6]
 * // From [N, H, W, C] to [N, C, H, W]: axis 3 comes second.
 * const images = backend.zeros([8, 28, 32, 3]);
 * transpose(images, { permutation: [0, 3, 1, 2] }).shape; // [8, 3, 28, 32]
 * ```
 */
export function transpose(x: Tensor, options: TransposeOptions = {}): Tensor {
  checkTensors("transpose", { x });
  const reader = new OptionReader("transpose", options, ["permutation"]);
  const rank = x.shape.length;
  const reversed = x.shape.map((_, axis) => rank - 1 - axis);
  const asked = reader.given("permutation");
  const given: unknown = asked === undefined ? reversed : asked;
  if (!isPermutation(given, rank)) {
    throw new OptionError(
      `transpose: permutation is ${show(given)}, expected each axis of x [${x.shape.join(", ")}] once`,
    );
  }
  // A copy: the caller may change its array before the gradient is asked for.
  const permutation = [...given];
  const strides = stridesOf(x.shape);
  const extents = permutation.map((axis) => x.shape[axis] ?? 1);
  const steps = permutation.map((axis) => strides[axis] ?? 0);
  const runs = joinedAxes(extents, steps).length;
  if (runs > MOST_AXES) {
    throw new ShapeError(
      `transpose: ${runs} runs of axes move, expected at most ${MOST_AXES} (x [${x.shape.join(", ")}], permutation [${permutation.join(", ")}]); transpose twice`,
    );
  }
  return execute({
    name: "transpose",
    inputs: { x },
    outputs: { y: extents },
    gpu(launcher, { x }, { y }) {
      const [images = 1, ...image] = extents;
      // An outermost axis that stays outermost is the batch. If it moves, each tensor must fit one binding.
      if (steps[0] !== x.elements / images) launchTranspose(launcher, extents, steps, { x, y });
      else
        launcher.forEachBatch(images, { x, y }, (chunk, n) => launchTranspose(launcher, [n, ...image], steps, chunk));
    },
    cpu: (kernels, inputs, outputs) => kernels.transpose({ extents, strides: steps }, inputs, outputs),
    terms: 0,
    backward: ({ gradient }) => ({ x: transpose(gradient("y"), { permutation: inverseOf(permutation) }) }),
  }).y;
}

/** shaders/arrange/transpose has room for this many axes. It has a shorter form for few axes. */
const MOST_AXES = 6;
const FEW_AXES = 4;

/** The number of neighbouring elements that an invocation moves at a time. */
const TILE = 4;
/**
 * GPU: the rows and columns of the tile that a workgroup moves through its memory, and the fewest for which this pays.
 */
const SIDE = 32;
const FEWEST = 8;
const WORKGROUP_SIZE = { tiled: 256, strips: 64 } as const;

/**
 * Launches the kernel. A GPU moves tiles if the innermost axis of x is not innermost in the output. Otherwise the
 * kernel moves strips of rows.
 *
 * @param extents of the output; at most six axes remain after joining
 * @param strides for each axis of the output, the stride in x: the elements of x between neighbours along it
 */
export function launchTranspose(
  launcher: Launcher,
  extents: Shape,
  strides: Shape,
  bindings: { readonly x: Bindable; readonly y: Bindable },
): void {
  const axes = joinedAxes(extents, strides);
  const many = axes.length > FEW_AXES;
  const last = axes.pop() ?? NO_AXIS;
  // The rows have the order in which they lie in x.
  axes.sort((a, b) => b.stride - a.stride);
  const inner = axes.at(-1) ?? NO_AXIS;
  const tiled = !launcher.traits.software && inner.stride === 1 && Math.min(inner.extent, last.extent) >= FEWEST;
  axes.push(last);
  const params: Record<string, number> = {};
  for (let i = MOST_AXES - 1; i >= 0; i--) {
    const { extent, stride, yStride } = axes.pop() ?? NO_AXIS;
    params[`extent${i}`] = extent;
    params[`stride${i}`] = stride;
    params[`yStride${i}`] = yStride;
  }
  const elements = elementsOf(extents);
  const rows = elements / last.extent;
  const strips = inStrips(launcher.traits, rows, Math.ceil(last.extent / TILE), 1);
  launcher.launch({
    shader: transposeShader,
    constants: {
      TILED: tiled,
      TILE,
      MANY_AXES: many,
      WORKGROUP_SIZE: tiled ? WORKGROUP_SIZE.tiled : WORKGROUP_SIZE.strips,
    },
    params: [params, strips.params],
    bindings,
    invocations: tiled
      ? (rows / inner.extent) * Math.ceil(inner.extent / SIDE) * Math.ceil(last.extent / SIDE) * WORKGROUP_SIZE.tiled
      : rows * strips.invocationsPerRow,
    work: elements,
  });
}

/** An axis of the output, with its strides in x and in the output. */
interface Axis {
  readonly extent: number;
  readonly stride: number;
  readonly yStride: number;
}

const NO_AXIS: Axis = { extent: 1, stride: 0, yStride: 0 };

/** The output's axes without those of extent 1. Axes that are neighbours in x and in the output are joined to one. */
function joinedAxes(extents: Shape, strides: Shape): Axis[] {
  const axes: Axis[] = [];
  let yStride = 1;
  for (const [i, extent] of [...extents.entries()].reverse()) {
    const stride = strides[i] ?? 0;
    const [first] = axes;
    if (first && stride === first.extent * first.stride) axes[0] = { ...first, extent: extent * first.extent };
    else if (extent > 1) axes.unshift({ extent, stride, yStride });
    yStride *= extent;
  }
  return axes;
}

/** x with its axes in the order of another layout. Returns x itself if the layouts are the same. */
export function toLayout(x: Tensor, from: string, to: string): Tensor {
  if (from === to) return x;
  const permutation = permutationBetween(from, to);
  // If only axes of extent 1 move, no element moves in memory.
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

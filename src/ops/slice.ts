import sliceShader from "../../shaders/slice.wgsl";
import { type Block, slice as sliceOnCpu } from "../cpu/slice.js";
import { OptionError, ShapeError, show } from "../errors.js";
import { checkShape, type Shape, type Tensor } from "../tensor.js";
import { COPY_TILE } from "./concat.js";
import { checkTensors, execute } from "./execute.js";
import { inStrips } from "./strips.js";

/**
 * A block of a tensor (WebNN's `slice`, without strides).
 *
 * @param x float32 of any shape; of more than four axes, not so many may be cut that neighbours which are not cannot be joined to four
 * @param starts where the block begins along each axis, from 0 on
 * @param sizes the block's extents
 * @returns float32 of the shape `sizes`
 * @throws OptionError, ShapeError, DisposedError, BackendLostError, OutOfMemoryError
 */
export function slice(x: Tensor, starts: readonly number[], sizes: readonly number[]): Tensor {
  checkTensors("slice", { x });
  const shape = checkShape("slice", "sizes", sizes);
  const block = blockOf("slice", "x", x.shape, starts, shape);
  const [whole0, xExtent1, xExtent2, xExtent3] = block.whole;
  const [start0, start1, start2, start3] = block.starts;
  const [extent0, extent1, extent2, extent3] = block.extents;
  return execute({
    name: "slice",
    inputs: { x },
    outputs: { y: shape },
    gpu(launcher, { x }, { y }) {
      const fours = movesInFours(block);
      const rows = extent0 * extent1 * extent2;
      const tiles = Math.ceil(extent3 / (fours ? 4 : 1) / COPY_TILE);
      const { params, invocationsPerRow } = inStrips(launcher.traits, rows, tiles, 1);
      // Where the outermost axis stays whole, it is a batch; else the tensors must be bound as wholes.
      const images = whole0 === extent0 ? extent0 : 1;
      launcher.forEachBatch(images, { x, y }, (chunk, count) =>
        launcher.launch({
          shader: sliceShader,
          constants: { FOURS: fours, TILE: COPY_TILE },
          params: {
            ...params,
            ...{ xExtent1, xExtent2, xExtent3, start0, start1, start2, start3 },
            ...{ extent0: (extent0 / images) * count, extent1, extent2, extent3 },
          },
          bindings: chunk,
          invocations: (rows / images) * count * invocationsPerRow,
          work: (y.elements / images) * count,
        }),
      );
    },
    cpu: ({ x }, { y }) => sliceOnCpu(block, x, y),
    terms: 0,
    linearIn: [],
  }).y;
}

/** Whether four neighbours along the last axis can be moved as one. */
export function movesInFours({ whole, starts, extents }: Block): boolean {
  return whole[3] % 4 === 0 && starts[3] % 4 === 0 && extents[3] % 4 === 0;
}

/** What is cut along an axis. */
interface Cut {
  readonly whole: number;
  readonly start: number;
  readonly extent: number;
}

/**
 * Checks that a block lies in a tensor, and brings it to four axes: one that is not cut becomes one with the axis before it, but for the outermost,
 * which stays a batch; missing ones have the extent 1.
 *
 * @param argument what the caller calls the tensor's shape
 * @throws OptionError, ShapeError
 */
export function blockOf(operator: string, argument: string, shape: Shape, starts: unknown, extents: Shape): Block {
  const rank = shape.length;
  if (!Array.isArray(starts) || !starts.every((start) => Number.isSafeInteger(start) && start >= 0)) {
    throw new OptionError(`${operator}: starts is ${show(starts)}, expected an integer ≥ 0 for each axis`);
  }
  if (starts.length !== rank || extents.length !== rank) {
    throw new ShapeError(
      `${operator}: starts [${starts.join(", ")}] and the block's extents [${extents.join(", ")}] must have an entry for each axis of ${argument} [${shape.join(", ")}]`,
    );
  }
  const cuts: Cut[] = [];
  for (const [axis, whole] of shape.entries()) {
    const cut = { whole, start: starts[axis] ?? 0, extent: extents[axis] ?? 1 };
    if (cut.start + cut.extent > whole) {
      throw new ShapeError(
        `${operator}: along axis ${axis} the block ends at ${cut.start} + ${cut.extent}, beyond the extent ${whole} (${argument} [${shape.join(", ")}])`,
      );
    }
    const before = cuts.at(-1);
    if (before && cut.extent === whole && (cuts.length > 1 || before.extent < before.whole)) {
      cuts[cuts.length - 1] = {
        whole: before.whole * whole,
        start: before.start * whole,
        extent: before.extent * whole,
      };
    } else cuts.push(cut);
  }
  if (cuts.length > 4) {
    throw new ShapeError(
      `${operator}: ${argument} [${shape.join(", ")}] is cut along too many axes that are not neighbours (to [${extents.join(", ")}]), expected what joins to at most 4; slice it twice`,
    );
  }
  // Missing axes stand after the outermost, and a single axis is the last.
  const missing = Array.from({ length: 4 - cuts.length }, (): Cut => ({ whole: 1, start: 0, extent: 1 }));
  cuts.splice(cuts.length > 1 ? 1 : 0, 0, ...missing);
  const four = (of: (cut: Cut) => number): [number, number, number, number] => {
    const [a = 1, b = 1, c = 1, d = 1] = cuts.map(of);
    return [a, b, c, d];
  };
  return {
    whole: four(({ whole }) => whole),
    starts: four(({ start }) => start),
    extents: four(({ extent }) => extent),
  };
}

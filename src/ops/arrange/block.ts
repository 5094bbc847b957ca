import { OptionError, ShapeError, show } from "../../core/errors.js";
import type { Block } from "../../core/kernels.js";
import type { Shape } from "../../core/shape.js";

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

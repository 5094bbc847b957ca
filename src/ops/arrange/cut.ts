import type { SliceAttributes } from "../../core/attributes.js";
import { OptionError, ShapeError, show } from "../../core/errors.js";
import type { Shape } from "../../core/shape.js";

/** Whether the kernels can move the last axis in fours. */
export function movesInFours({ whole, starts, extents }: SliceAttributes): boolean {
  return whole[3] % 4 === 0 && starts[3] % 4 === 0 && extents[3] % 4 === 0;
}

/** The cut along one axis. */
interface AxisCut {
  readonly whole: number;
  readonly start: number;
  readonly extent: number;
}

/**
 * Checks that a slice lies in a tensor, and brings both to four axes. An axis that is not cut is joined to the axis
 * before it. An outermost axis that is not cut is joined to none: it stays the batch. Missing axes have the extent 1.
 *
 * @param argument what the caller calls the tensor's shape
 * @throws OptionError, ShapeError
 */
export function readCut(
  operator: string,
  argument: string,
  shape: Shape,
  starts: unknown,
  extents: Shape,
): SliceAttributes {
  const rank = shape.length;
  if (!Array.isArray(starts) || !starts.every((start) => Number.isSafeInteger(start) && start >= 0)) {
    throw new OptionError(`${operator}: starts is ${show(starts)}, expected an integer ≥ 0 for each axis`);
  }
  if (starts.length !== rank || extents.length !== rank) {
    throw new ShapeError(
      `${operator}: starts [${starts.join(", ")}] and the slice's extents [${extents.join(", ")}] must have an entry for each axis of ${argument} [${shape.join(", ")}]`,
    );
  }
  const cuts: AxisCut[] = [];
  for (const [axis, whole] of shape.entries()) {
    const cut = { whole, start: starts[axis] ?? 0, extent: extents[axis] ?? 1 };
    if (cut.start + cut.extent > whole) {
      throw new ShapeError(
        `${operator}: along axis ${axis} the slice ends at ${cut.start} + ${cut.extent}, beyond the extent ${whole} (${argument} [${shape.join(", ")}])`,
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
  // Missing axes go after the outermost one. A single axis is the last one.
  const missing = Array.from({ length: 4 - cuts.length }, (): AxisCut => ({ whole: 1, start: 0, extent: 1 }));
  cuts.splice(cuts.length > 1 ? 1 : 0, 0, ...missing);
  const four = (of: (cut: AxisCut) => number): [number, number, number, number] => {
    const [a = 1, b = 1, c = 1, d = 1] = cuts.map(of);
    return [a, b, c, d];
  };
  return {
    whole: four(({ whole }) => whole),
    starts: four(({ start }) => start),
    extents: four(({ extent }) => extent),
  };
}

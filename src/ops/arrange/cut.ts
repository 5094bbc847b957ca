import type { SixAxes, SliceAttributes } from "../../core/attributes.js";
import { OptionError, ShapeError, show } from "../../core/errors.js";
import type { ParamValues, ShaderConstants } from "../../core/operation.js";
import type { Shape } from "../../core/shape.js";

/** The largest number of axes that the kernels have room for. */
const MOST_AXES = 6;

/** Whether the kernels can move the last axis in fours. */
function movesInFours({ whole, starts, extents }: SliceAttributes): boolean {
  return whole[5] % 4 === 0 && starts[5] % 4 === 0 && extents[5] % 4 === 0;
}

/** The constants and `Params` for the kernels of `slice` and its gradient; see shaders/lib/cut. */
interface CutPlan {
  readonly constants: ShaderConstants;
  readonly params: ParamValues;
  /** How many neighbouring elements of the last axis move as one. */
  readonly lanes: number;
  /** An outermost axis that is not cut is the batch. If it is cut, each tensor must fit one binding. */
  readonly images: number;
}

export function planCut(cut: SliceAttributes): CutPlan {
  const { whole, starts, extents } = cut;
  const fours = movesInFours(cut);
  const params: Record<string, number> = {};
  for (let axis = 0; axis < MOST_AXES; axis++) {
    params[`xExtent${axis}`] = whole[axis] ?? 1;
    params[`start${axis}`] = starts[axis] ?? 0;
    params[`extent${axis}`] = extents[axis] ?? 1;
  }
  return {
    constants: { FOURS: fours, MANY_AXES: whole[1] * whole[2] > 1 },
    params,
    lanes: fours ? 4 : 1,
    images: whole[0] === extents[0] ? extents[0] : 1,
  };
}

/** The cut along one axis. */
interface AxisCut {
  readonly whole: number;
  readonly start: number;
  readonly extent: number;
}

/**
 * Checks that a slice lies in a tensor, and brings both to six axes. An axis that is not cut is joined to the axis
 * before it. The outermost axis stays separate if it is not cut: it is the batch. Missing axes have the extent 1.
 *
 * @param argument the caller's name for the tensor's shape
 * @param part the caller's name for the extents of the slice
 * @throws OptionError, ShapeError
 */
export function readCut(
  operator: string,
  argument: string,
  shape: Shape,
  starts: unknown,
  extents: Shape,
  part: string,
): SliceAttributes {
  const rank = shape.length;
  if (!Array.isArray(starts) || !starts.every((start) => Number.isSafeInteger(start) && start >= 0)) {
    throw new OptionError(`${operator}: starts is ${show(starts)}, expected an integer ≥ 0 for each axis`);
  }
  if (starts.length !== rank || extents.length !== rank) {
    throw new ShapeError(
      `${operator}: starts [${starts.join(", ")}] and ${part} [${extents.join(", ")}] must have an entry for each axis of ${argument} [${shape.join(", ")}]`,
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
  if (cuts.length > MOST_AXES) {
    throw new ShapeError(
      `${operator}: ${argument} [${shape.join(", ")}] is cut along too many axes that are not neighbours (to [${extents.join(", ")}]), expected at most ${MOST_AXES} axes after neighbours are joined; slice it twice`,
    );
  }
  // Missing axes go after the outermost one. A single axis is the last one. If few axes remain, axes 1 and 2 are the
  // missing ones.
  const missing = Array.from({ length: MOST_AXES - cuts.length }, (): AxisCut => ({ whole: 1, start: 0, extent: 1 }));
  cuts.splice(cuts.length > 1 ? 1 : 0, 0, ...missing);
  const six = (of: (cut: AxisCut) => number): SixAxes => {
    const [a = 1, b = 1, c = 1, d = 1, e = 1, f = 1] = cuts.map(of);
    return [a, b, c, d, e, f];
  };
  return {
    whole: six(({ whole }) => whole),
    starts: six(({ start }) => start),
    extents: six(({ extent }) => extent),
  };
}

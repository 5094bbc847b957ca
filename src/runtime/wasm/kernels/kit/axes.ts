import type { Shape } from "../../../../core/shape.js";

/** One or more neighbouring axes, joined to one. */
export interface JoinedAxis {
  readonly extent: number;
  /** Whether the axis is kept. If not, it is reduced. */
  readonly kept: boolean;
}

/** A tensor [outer, length, inner] whose axis in the middle is reduced. */
export interface MiddleAxis {
  readonly outer: number;
  readonly length: number;
  readonly inner: number;
}

/** Joins neighbouring axes that are all kept or all reduced. Leaves out axes of extent 1. */
export function joinAxes(shape: Shape, keptShape: Shape): readonly JoinedAxis[] {
  const axes: JoinedAxis[] = [];
  for (const [axis, extent] of shape.entries()) {
    if (extent === 1) continue;
    const kept = keptShape[axis] !== 1;
    const last = axes.at(-1);
    if (last?.kept === kept) axes[axes.length - 1] = { extent: last.extent * extent, kept };
    else axes.push({ extent, kept });
  }
  return axes;
}

/**
 * The stages of a reduction, from the innermost axis on. Each stage reduces one axis. There is at least one: if no axis
 * is reduced, it has a length of 1.
 */
export function stagesOf(shape: Shape, keptShape: Shape): readonly MiddleAxis[] {
  const axes = [...joinAxes(shape, keptShape)];
  const stages: MiddleAxis[] = [];
  for (let axis = axes.findLastIndex(({ kept }) => !kept); axis >= 0; axis = axes.findLastIndex(({ kept }) => !kept)) {
    const outer = productOf(axes.slice(0, axis));
    const inner = productOf(axes.slice(axis + 1));
    stages.push({ outer, length: axes[axis]?.extent ?? 1, inner });
    axes.splice(axis, 1);
  }
  return stages.length > 0 ? stages : [{ outer: productOf(axes), length: 1, inner: 1 }];
}

function productOf(axes: readonly JoinedAxis[]): number {
  return axes.reduce((product, { extent }) => product * extent, 1);
}

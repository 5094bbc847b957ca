import type { WindowGeometry } from "../../geometry.js";
import { lanesFor } from "../../webgpu/dispatch.js";
import type { ShaderConstants } from "../../webgpu/wgsl.js";

/** How a pooling kernel cuts a pass over the outputs, or over the inputs: a pure function of the geometry. */
export interface Pool2dPlan {
  readonly lanes: 1 | 4;
  readonly constants: ShaderConstants;
  readonly invocationsPerImage: number;
}

/**
 * Columns of a strip, at most. Where it lies costs an invocation some ten integer divisions, as dear as a few loads, so that four columns
 * share them; more would leave a GPU too few invocations.
 */
const STRIP = 4;

/** A strip is of neighbouring output columns. */
export function planPool2d(g: WindowGeometry): Pool2dPlan {
  return plan(g, g.p, 1, g.q);
}

/** A strip is of input columns that are the same modulo the stride: as many phases as there are such. */
export function planPool2dBackward(g: WindowGeometry): Pool2dPlan {
  return plan(g, g.h, Math.min(g.strideWidth, g.w), Math.ceil(g.w / g.strideWidth));
}

function plan(g: WindowGeometry, rows: number, phases: number, columns: number): Pool2dPlan {
  const lanes = lanesFor(g.c);
  const tile = Math.min(STRIP, columns);
  return {
    lanes,
    constants: { TILE: tile },
    invocationsPerImage: (rows * phases * Math.ceil(columns / tile) * g.c) / lanes,
  };
}

/** Whether counting a window's taps takes a division; the averages' kernels are made without it otherwise. */
export function isDilated(g: WindowGeometry): boolean {
  return g.dilationHeight > 1 || g.dilationWidth > 1;
}

import { isDilated, type WindowGeometry } from "../../geometry.js";
import { type DeviceTraits, lanesFor } from "../../webgpu/dispatch.js";
import type { ShaderConstants } from "../../webgpu/wgsl.js";

/** How a pooling kernel cuts a pass over the outputs, or over the inputs: a pure function of the geometry and the device. */
export interface Pool2dPlan {
  readonly constants: ShaderConstants;
  /** Beside those of the geometry. */
  readonly params: Readonly<Record<string, number>>;
  readonly invocationsPerImage: number;
}

/**
 * Columns of a strip. Where it lies costs an invocation some five integer divisions, as dear to a processor as some loads each; a GPU shares
 * them among few columns, since it wants many invocations, and a processor among as many as leave it enough.
 */
const STRIP = 4;
const INVOCATIONS_WANTED = 512;
/** A byte names a tap. */
const MOST_PACKED_TAPS = 256;

/** A strip of output columns. */
export function planPool2d(g: WindowGeometry, traits: DeviceTraits, lanes = lanesFor(g.c)): Pool2dPlan {
  return plan(g, traits, g.p, g.q, lanes);
}

/** A strip of input columns. */
export function planPool2dBackward(g: WindowGeometry, traits: DeviceTraits, lanes = lanesFor(g.c)): Pool2dPlan {
  return plan(g, traits, g.h, g.w, lanes);
}

/** Channels whose taps one u32 holds. */
export function lanesOfTaps(g: WindowGeometry): 1 | 4 {
  return g.r * g.s <= MOST_PACKED_TAPS ? lanesFor(g.c) : 1;
}

function plan(g: WindowGeometry, traits: DeviceTraits, rows: number, columns: number, lanes: 1 | 4): Pool2dPlan {
  const invocationsOfColumn = (g.n * rows * g.c) / lanes;
  const strips = Math.ceil(INVOCATIONS_WANTED / invocationsOfColumn);
  const stripColumns = traits.software ? Math.max(STRIP, Math.ceil(columns / strips)) : STRIP;
  return {
    constants: { FOURS: lanes === 4, DILATED: isDilated(g) },
    params: { stripColumns },
    invocationsPerImage: (rows * Math.ceil(columns / stripColumns) * g.c) / lanes,
  };
}

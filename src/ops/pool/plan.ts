import { isDilated, type WindowGeometry } from "../../core/geometry.js";
import type { DeviceTraits, ShaderConstants } from "../../core/operation.js";
import { lanesFor } from "../kit/lanes.js";
import { inStrips } from "../kit/strips.js";

/** How a pooling kernel cuts its work over the outputs or the inputs. A pure function of geometry and device traits. */
export interface Pool2dPlan {
  readonly constants: ShaderConstants;
  /** `Params` beside those of the geometry. */
  readonly params: Readonly<Record<string, number>>;
  readonly invocationsPerImage: number;
}

/**
 * The sizes of unrolled loops. On a software adapter, an iteration of a loop costs as much as a load. But each load in
 * the code takes time to compile. Little work ends sooner than longer code compiles.
 *
 * - `taps`: software: the row is for work of up to this many taps in all
 * - `mostTaps`: forward, the most taps in a group; an iteration takes one group
 * - `tileW`: gradient, the input columns of a tile; they share loads and loops
 * - `mostReach`: gradient, the most taps of a row that an iteration takes, of those that touch a column
 */
const SIZES = [
  { taps: 3.5e5, mostTaps: 1, tileW: 1, mostReach: 1 },
  { taps: 1e6, mostTaps: 4, tileW: 2, mostReach: 2 },
  { taps: 2e6, mostTaps: 9, tileW: 2, mostReach: 4 },
];
const LARGEST = { mostTaps: 9, tileW: 4, mostReach: 4 };
/**
 * Software: up to this many invocations of one tile each take less time than compiling the loop over a strip.
 */
const FEW_INVOCATIONS = 8192;
/**
 * GPU: this many invocations fill it. With more, tiles of one column are joined to strips, because finding a tile's
 * place takes longer than its other work.
 */
const MANY_INVOCATIONS = 2 ** 17;
/** A byte holds the number of a tap. One value means that there is none. */
const MOST_PACKED_TAPS = 255;

/** Strips of output columns. */
export function planPool2d(g: WindowGeometry, traits: DeviceTraits, lanes = lanesFor(g.c)): Pool2dPlan {
  const most = sizeOf(g, traits).mostTaps;
  const TAPS_S = g.s <= most ? g.s : 1;
  // A group has whole rows of taps, or taps of one row: the order of the taps decides between equal maxima.
  const TAPS_R = g.r * g.s <= most ? g.r : 1;
  const TAP_GROUPS = TAPS_R < g.r || TAPS_S < g.s;
  const shares = traits.software && !TAP_GROUPS && g.dilationWidth === 1 && g.s > g.strideWidth;
  const parts = shares
    ? { PARTS: g.s, SHARED: g.s - g.strideWidth, FRESH: g.strideWidth, COLUMNS: 1 }
    : { PARTS: 1, SHARED: 0, FRESH: 1, COLUMNS: TAPS_S };
  const lastRow = (g.p - 1) * g.strideHeight + (g.r - 1) * g.dilationHeight;
  const lastColumn = (g.q - 1) * g.strideWidth + (g.s - 1) * g.dilationWidth;
  return plan(g, traits, lanes, g.p, g.q, {
    TAPS_R,
    TAPS_S,
    TAP_GROUPS,
    ...parts,
    PADDED: g.padTop + g.padLeft > 0 || lastRow >= g.h || lastColumn >= g.w,
  });
}

/** The number of groups of taps into which `planPool2d` divides a window. */
export function groupsOfTaps(g: WindowGeometry, { constants }: Pool2dPlan): number {
  return (g.r * g.s) / (Number(constants["TAPS_R"]) * Number(constants["TAPS_S"]));
}

/** Strips of tiles of input columns. The columns of a tile are of one phase. */
export function planPool2dBackward(g: WindowGeometry, traits: DeviceTraits, lanes = lanesFor(g.c)): Pool2dPlan {
  const columnsOfPhase = Math.ceil(g.w / g.strideWidth);
  const { tileW, mostReach } = sizeOf(g, traits);
  const tile = Math.min(tileW, columnsOfPhase);
  const reachS = Math.ceil(g.s / g.tapStepWidth);
  const REACH_S = g.outputStepWidth === 1 ? Math.min(reachS, mostReach) : 1;
  return plan(g, traits, lanes, g.h, Math.min(g.strideWidth, g.w) * Math.ceil(columnsOfPhase / tile), {
    TILE_W: tile,
    REACH_S,
    TAP_GROUPS: REACH_S < reachS || g.tapStepHeight < g.r,
    WINDOW: tile + REACH_S - 1,
  });
}

/** The number of channels whose taps one u32 holds. */
export function lanesOfTaps(g: WindowGeometry): 1 | 4 {
  return g.r * g.s <= MOST_PACKED_TAPS ? lanesFor(g.c) : 1;
}

function sizeOf(g: WindowGeometry, { software }: DeviceTraits) {
  const window = g.r * g.s;
  // A window of few taps compiles quickly.
  const taps = g.n * g.p * g.q * g.c * (window > 4 ? window : 4 * window);
  return SIZES.find((size) => software && taps <= size.taps) ?? LARGEST;
}

function plan(
  g: WindowGeometry,
  traits: DeviceTraits,
  lanes: 1 | 4,
  rows: number,
  tilesOfRow: number,
  constants: ShaderConstants,
): Pool2dPlan {
  const strips = (g.n * rows * g.c) / lanes;
  const walks = traits.software
    ? strips * tilesOfRow > FEW_INVOCATIONS
    : constants["TILE_W"] === 1 && strips > MANY_INVOCATIONS;
  const { params, invocationsPerRow } = inStrips(traits, g.n * rows, tilesOfRow, g.c / lanes, walks);
  const STRIPS = params.tilesOfStrip > 1;
  return {
    params,
    invocationsPerImage: rows * invocationsPerRow,
    constants: { FOURS: lanes === 4, DILATED: isDilated(g), STRIPS, ...constants },
  };
}

import { type Conv2dGeometry, conv2dFlops } from "../../core/geometry.js";
import type { Choice, DeviceTraits } from "../../core/operation.js";
import type { ShaderConstants, ShaderSource } from "../../core/operation.js";

/** The kernel families, by the names of their shaders. */
export const CONV2D_ALGORITHMS = ["direct", "implicitGemm", "depthwise", "tiledGemm"] as const;
export type Conv2dAlgorithm = (typeof CONV2D_ALGORITHMS)[number];

/**
 * What the caller wants of a plan: a family by name, or the best that there is. "winogradF2x3", of the forward and dx, is never the best by
 * itself: its bound is its own, and a NaN reaches the outputs of a whole tile.
 */
export const ALGORITHM_REQUESTS = ["auto", ...CONV2D_ALGORITHMS, "winogradF2x3"] as const;
export type AlgorithmRequest = (typeof ALGORITHM_REQUESTS)[number];

/** Which kernel computes a pass, cut how: a pure function of the geometry and the device. */
export interface KernelPlan {
  /** Where the plan is "auto"'s: what else could compute the pass. */
  readonly choice?: Choice | undefined;
  readonly shader: ShaderSource;
  readonly constants: ShaderConstants;
  /** Beside those of the geometry. */
  readonly params?: Readonly<Record<string, number>>;
  readonly invocations: number;
  /** Of a forward: in how many slices its sums are cut, to be added by a second dispatch; 1 if left out. */
  readonly slices?: number;
  /** Of dx: whether the kernel wants the filter as `turned` too, with its channels exchanged. */
  readonly turned?: boolean;
}

/** A reduction over rows, cut in slices that run side by side and are added in order by a second dispatch. */
export interface SlicedPlan extends KernelPlan {
  /** Invocations that one slice takes. */
  readonly invocations: number;
  readonly slices: number;
  /** Of dw: whether the kernel can give db in the same pass. */
  readonly givesDb?: boolean;
}

// A GPU wants many invocations in flight: some ten thousand hide its latencies. A software adapter has as many lanes as cores times
// vector width, and finishes sooner when the last workgroup is small.
const INVOCATIONS_WANTED = { software: 256, hardware: 131_072 } as const;
const WORKGROUP_SIZE = { software: 16, hardware: 64 } as const;
/** More slices are more to add up than they gain side by side. */
const MOST_SLICES = 4096;
/** A workspace larger than this costs more traffic than its slices gain. */
const MOST_WORKSPACE_BYTES = 32 * 2 ** 20;

/**
 * How many slices fill the device.
 *
 * @param invocations those that one slice takes
 * @param rows what there is to cut
 * @param elements size of one slice's partial sum
 */
export function slicesFor(invocations: number, rows: number, elements: number, traits: DeviceTraits): number {
  const wanted = traits.software ? INVOCATIONS_WANTED.software : INVOCATIONS_WANTED.hardware;
  const affordable = Math.floor(Math.min(MOST_WORKSPACE_BYTES, traits.maxBindingBytes) / (4 * elements));
  return Math.max(1, Math.min(Math.ceil(wanted / invocations), affordable, rows, MOST_SLICES));
}

/** The passes of a convolution, by the names of their operators. */
export type Conv2dPass = "conv2d" | "conv2dBackwardInput" | "conv2dBackwardFilter";

/** Whether a processor is done before more than the smallest kernel would be compiled. */
export function isSoonDone(g: Conv2dGeometry, traits: DeviceTraits, mostFlops = 5e5): boolean {
  return traits.software && conv2dFlops(g) <= mostFlops;
}

export function workgroupSize(traits: DeviceTraits): number {
  return traits.software ? WORKGROUP_SIZE.software : WORKGROUP_SIZE.hardware;
}

/** The size of tiles that cover `extent` with as few as those of at most `most` do, and overhang it least. */
export function evenTile(extent: number, most: number): number {
  return Math.ceil(extent / Math.ceil(extent / most));
}

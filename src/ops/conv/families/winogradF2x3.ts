import filter from "../../../../shaders/conv/winogradF2x3/filter.wgsl";
import input from "../../../../shaders/conv/winogradF2x3/input.wgsl";
import output from "../../../../shaders/conv/winogradF2x3/output.wgsl";
import type { Conv2dGeometry } from "../../../core/geometry.js";
import type { Launcher } from "../../../core/operation.js";
import { type ForwardBindings, launchForward } from "../forward.js";
import type { AlgorithmRequest } from "../kernelPlan.js";

// Winograd's F(2×2, 3×3): 16 products for the 36 of four outputs, as one 1×1 convolution in 16 groups between two transformations. Values of a
// tile mix: an error is relative to all of a tile, and a NaN reaches all four outputs. So it is for whoever asks for it.

const TILE = 2;
const PRODUCTS = 16;
/** K of its own bound, for each input channel: the products that an output adds up. `winogradMagnitude` of src/runtime/reference stands for Σ|terms|. */
export const WINOGRAD_TERMS = 9;

/** A 3×3 convolution of stride 1, as both passes are. */
export interface WinogradGeometry {
  readonly n: number;
  readonly h: number;
  readonly w: number;
  readonly c: number;
  readonly p: number;
  readonly q: number;
  readonly k: number;
  /** Where the window of the first output begins. */
  readonly top: number;
  readonly left: number;
  /** Whether the filter is turned by 180°, with its channels exchanged. */
  readonly backward: boolean;
}

function fits(g: Conv2dGeometry): boolean {
  const steps = [g.strideHeight, g.strideWidth, g.dilationHeight, g.dilationWidth, g.groups];
  return g.r === 3 && g.s === 3 && steps.every((step) => step === 1) && g.c % 4 === 0 && g.k % 4 === 0;
}

/** Undefined where it is not asked for, or cannot do it; so is dx's. */
export function winogradForward(g: Conv2dGeometry, request: AlgorithmRequest): WinogradGeometry | undefined {
  if (request !== "winogradF2x3" || !fits(g)) return undefined;
  const { n, h, w, c, p, q, k, padTop, padLeft } = g;
  return { n, h, w, c, p, q, k, top: -padTop, left: -padLeft, backward: false };
}

/** dx is a convolution of dy: output and input change places, and the padding becomes what the window lacks of it. */
export function winogradBackwardInput(g: Conv2dGeometry, request: AlgorithmRequest): WinogradGeometry | undefined {
  const forward = winogradForward(g, request);
  if (!forward) return undefined;
  const { n, h, w, c, p, q, k, top, left } = forward;
  return { n, h: p, w: q, c: k, p: h, q: w, k: c, top: -top - 2, left: -left - 2, backward: true };
}

/** @throws OutOfMemoryError where a transformed tensor, four times the input or output, does not fit one binding */
export function launchWinograd(
  launcher: Launcher,
  convolution: Conv2dGeometry,
  g: WinogradGeometry,
  { x, w, bias, y }: ForwardBindings,
  relu: boolean,
): void {
  const tileRows = Math.ceil(g.p / TILE);
  const tileColumns = Math.ceil(g.q / TILE);
  const tiles = g.n * tileRows * tileColumns;
  const { backward, ...extents } = g;
  const params = { ...extents, tileRows, tileColumns };
  const u = launcher.workspace(PRODUCTS * g.c * g.k);
  const v = launcher.workspace(tiles * PRODUCTS * g.c);
  const m = launcher.workspace(tiles * PRODUCTS * g.k);
  launcher.launch({
    shader: filter,
    constants: { BACKWARD: backward },
    params,
    bindings: { w, u },
    invocations: (g.c * g.k) / 4,
    work: PRODUCTS * g.c * g.k,
  });
  launcher.launch({
    shader: input,
    constants: {},
    params,
    bindings: { x, v },
    invocations: (tiles * g.c) / 4,
    work: tiles * PRODUCTS * g.c,
  });
  launchForward(
    launcher,
    productGeometry(convolution, tiles, g),
    { x: v, w: u, bias: undefined, y: m },
    { relu: false, algorithm: "auto" },
  );
  launcher.launch({
    shader: output,
    constants: { HAS_BIAS: bias !== undefined, RELU: relu },
    params,
    // Something must be bound to an absent bias; it is not read.
    bindings: { m, bias: bias ?? w, y },
    invocations: (tiles * g.k) / 4,
    work: tiles * PRODUCTS * g.k,
  });
}

/** One pixel a tile, a group a product; strides and dilations are 1 as those of the convolution. */
function productGeometry(convolution: Conv2dGeometry, tiles: number, { c, k }: WinogradGeometry): Conv2dGeometry {
  return {
    ...convolution,
    ...{ n: 1, h: 1, w: tiles, c: PRODUCTS * c, r: 1, s: 1, p: 1, q: tiles, k: PRODUCTS * k },
    ...{ groups: PRODUCTS, cPerGroup: c, kPerGroup: k, padTop: 0, padBottom: 0, padLeft: 0, padRight: 0 },
  };
}

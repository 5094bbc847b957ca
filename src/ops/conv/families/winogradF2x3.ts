import filter from "../../../../shaders/conv/winogradF2x3/filter.wgsl";
import input from "../../../../shaders/conv/winogradF2x3/input.wgsl";
import output from "../../../../shaders/conv/winogradF2x3/output.wgsl";
import type { WinogradGeometry } from "../../../core/attributes.js";
import type { Conv2dGeometry } from "../../../core/geometry.js";
import type { ChosenPlan, Conv2dPass, Family, Operands, Plan } from "../family.js";

/**
 * Winograd's F(2×2, 3×3). Four outputs take 16 products instead of 36. The products are a 1×1 convolution in 16 groups,
 * between two transformations.
 *
 * "auto" never chooses it, because its error bound is wider. The values of a tile mix: an error is relative to the
 * whole tile, and a NaN reaches all four outputs.
 */
export const winogradF2x3: Family<"winogradF2x3"> = {
  name: "winogradF2x3",
  automatic: "never",
  masksRelu: false,
  joinsPixels: false,
  fits(_, g) {
    const steps = [g.strideHeight, g.strideWidth, g.dilationHeight, g.dilationWidth, g.groups];
    return g.r === 3 && g.s === 3 && steps.every((step) => step === 1) && g.c % 4 === 0 && g.k % 4 === 0;
  },
  suits: () => false,
  bound(pass, g) {
    const winograd = convolutionOf(pass, g);
    return { terms: TERMS_PER_CHANNEL * winograd.c, winograd };
  },
  passes: {
    conv2d: (g, _, planProduct) => planTransformed(convolutionOf("conv2d", g), planProduct, g),
    conv2dBackwardInput(g, _, planProduct) {
      const { kernel, launch } = planTransformed(convolutionOf("conv2dBackwardInput", g), planProduct, g);
      return {
        kernel,
        launch: (launcher, { dy, w, dx }) =>
          launch(launcher, { x: dy, w, bias: undefined, relu: false, y: dx }, undefined),
      };
    },
  },
};

/** Rows and columns of the outputs of a tile. */
const TILE = 2;
const PRODUCTS = 16;
/** The products that an output adds up for each input channel. */
const TERMS_PER_CHANNEL = 9;

/**
 * The convolution that computes a pass. dx is a convolution of dy. In it, input and output are exchanged, and the
 * padding is 2 minus the forward's padding.
 */
function convolutionOf(pass: Conv2dPass, g: Conv2dGeometry): WinogradGeometry {
  const { n, h, w, c, p, q, k, padTop, padLeft } = g;
  return pass === "conv2dBackwardInput"
    ? { n, h: p, w: q, c: k, p: h, q: w, k: c, top: padTop - 2, left: padLeft - 2, backward: true }
    : { n, h, w, c, p, q, k, top: -padTop, left: -padLeft, backward: false };
}

/**
 * The launch throws an OutOfMemoryError if a transformed tensor does not fit one binding. It is four times as large as
 * the input or output.
 */
function planTransformed(
  g: WinogradGeometry,
  planProduct: (g: Conv2dGeometry) => ChosenPlan<"conv2d">,
  convolution: Conv2dGeometry,
): Plan<Operands["conv2d"]> {
  const tileRows = Math.ceil(g.p / TILE);
  const tileColumns = Math.ceil(g.q / TILE);
  const tiles = g.n * tileRows * tileColumns;
  const { backward, ...extents } = g;
  const params = { ...extents, tileRows, tileColumns };
  const product = planProduct(productGeometry(convolution, tiles, g));
  return {
    kernel: product.plan.kernel,
    launch(launcher, { x, w, bias, relu, y }) {
      const u = launcher.prepare(w, `u${backward ? " backward" : ""}`, PRODUCTS * g.c * g.k, (u) =>
        launcher.launch({
          shader: filter,
          constants: { BACKWARD: backward },
          params,
          bindings: { w, u },
          invocations: (g.c * g.k) / 4,
          work: PRODUCTS * g.c * g.k,
        }),
      );
      const v = launcher.workspace(tiles * PRODUCTS * g.c);
      const m = launcher.workspace(tiles * PRODUCTS * g.k);
      launcher.launch({
        shader: input,
        constants: {},
        params,
        bindings: { x, v },
        invocations: (tiles * g.c) / 4,
        work: tiles * PRODUCTS * g.c,
      });
      product.plan.launch(launcher, { x: v, w: u, bias: undefined, relu: false, y: m }, product.choice);
      launcher.launch({
        shader: output,
        constants: { HAS_BIAS: bias !== undefined, RELU: relu },
        params,
        // A binding cannot stay empty. Without a bias, the kernel does not read this one.
        bindings: { m, bias: bias ?? w, y },
        invocations: (tiles * g.k) / 4,
        work: tiles * PRODUCTS * g.k,
      });
    },
  };
}

/** A pixel for each tile, and a group for each product. Strides and dilations are 1, as in the convolution. */
function productGeometry(convolution: Conv2dGeometry, tiles: number, { c, k }: WinogradGeometry): Conv2dGeometry {
  return {
    ...convolution,
    ...{ n: 1, h: 1, w: tiles, c: PRODUCTS * c, r: 1, s: 1, p: 1, q: tiles, k: PRODUCTS * k },
    ...{ groups: PRODUCTS, cPerGroup: c, kPerGroup: k, padTop: 0, padBottom: 0, padLeft: 0, padRight: 0 },
  };
}

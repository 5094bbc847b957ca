import { type Conv2dGeometry, conv2dFlops } from "../../core/geometry.js";
import { launchTranspose } from "../arrange/transpose.js";
import { launchSliced, launchSum } from "../kit/slicedSum.js";
import { launchBiasGradient } from "./biasGradient.js";
import type { KernelPlan, Operands, Plan } from "./family.js";
import { longSums } from "./longSums.js";

// Plans of one convolution kernel, with the copies and sums before and after it: one function for each pass.

export interface ForwardKernel extends KernelPlan {
  /** Of all slices together. */
  readonly invocations: number;
  /** The number of slices of each sum. A second dispatch adds them. 1 if left out. */
  readonly slices?: number;
}

export function forwardKernel(g: Conv2dGeometry, kernel: ForwardKernel): Plan<Operands["conv2d"]> {
  const { shader, params, invocations, slices = 1 } = kernel;
  const constants = { ...kernel.constants, ...longSums("conv2d", g) };
  const elements = g.n * g.p * g.q * g.k;
  return {
    kernel: { ...kernel, constants },
    launch(launcher, { x, w, bias, relu, y }, choice) {
      const partial = slices > 1 ? launcher.workspace(slices * elements) : undefined;
      launcher.launch({
        shader,
        choice,
        constants: { ...constants, HAS_BIAS: bias !== undefined, RELU: relu },
        params: [g, params],
        // A binding cannot stay empty. Without a bias, the kernel does not read this one.
        bindings: { x, w, bias: bias ?? w, y: partial ?? y },
        invocations,
        work: conv2dFlops(g),
      });
      if (partial) launchSum(launcher, { slices, elements, partial, total: y, bias, relu, channels: g.k });
    },
  };
}

export interface BackwardInputKernel extends KernelPlan {
  /** Whether the kernel reads `wTransposed` [r, s, k, cPerGroup]: w with its channels exchanged. */
  readonly transposesFilter?: boolean;
}

export function backwardInputKernel(
  g: Conv2dGeometry,
  kernel: BackwardInputKernel,
): Plan<Operands["conv2dBackwardInput"]> {
  const { shader, params, invocations } = kernel;
  const constants = { ...kernel.constants, ...longSums("conv2dBackwardInput", g) };
  const { r, s, k, cPerGroup } = g;
  return {
    kernel: { ...kernel, constants },
    launch(launcher, operands, choice) {
      const { w } = operands;
      const transpose = () =>
        launcher.prepare(w, "wTransposed", w.elements, (wTransposed) =>
          launchTranspose(launcher, [1, r * s, k, cPerGroup], [0, k * cPerGroup, 1, k], { x: w, y: wTransposed }),
        );
      const wTransposed = kernel.transposesFilter ? transpose() : undefined;
      launcher.launch({
        shader,
        choice,
        constants: { ...constants, MASKED: "x" in operands },
        params: [g, params],
        bindings: { ...operands, ...(wTransposed && { wTransposed }) },
        invocations,
        work: conv2dFlops(g),
      });
    },
  };
}

export interface BackwardFilterKernel extends KernelPlan {
  /** Of one slice. */
  readonly invocations: number;
  /** The number of slices of each sum. If there are several, a second dispatch adds them. */
  readonly slices: number;
  /** Whether the kernel sums dy for db in the same pass. Given if it can. */
  readonly givesDb?: boolean;
}

/** If the kernel computes the bias gradient too, it has the same number of slices. Otherwise it is a separate sum. */
export function backwardFilterKernel(
  g: Conv2dGeometry,
  kernel: BackwardFilterKernel,
): Plan<Operands["conv2dBackwardFilter"]> {
  const { shader, constants, params, slices, givesDb } = kernel;
  return {
    kernel,
    launch(launcher, { x, dy, dw, db }, choice) {
      const partialDb = db && givesDb ? launcher.workspace(slices * g.k) : undefined;
      const sum = { images: g.n, rowsPerImage: g.p, inputs: { x, dy }, total: dw, workPerImage: conv2dFlops(g) / g.n };
      launchSliced(launcher, kernel, sum, ({ inputs, images, rowsPerSlice, partial, add }) => ({
        shader,
        choice,
        constants: { ...constants, ADD: add, ...(givesDb !== undefined && { GIVE_DB: partialDb !== undefined }) },
        params: [{ n: images, rowsPerSlice }, g, params],
        bindings: { ...inputs, partial, ...(partialDb && { partialDb }) },
      }));
      if (db && partialDb) launchSum(launcher, { slices, elements: g.k, partial: partialDb, total: db });
      else if (db) launchBiasGradient(launcher, dy, db);
    },
  };
}

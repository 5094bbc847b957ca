import { asOneRow, type Conv2dGeometry, conv2dFlops } from "../../geometry.js";
import type { GpuStorage } from "../../webgpu/buffers.js";
import type { Bindable } from "../../webgpu/dispatch.js";
import type { Launcher } from "../execute.js";
import { launchTranspose } from "../transpose.js";
import type { AlgorithmRequest } from "./kernelPlan.js";
import { planConv2dBackwardFilter, planConv2dBackwardInput } from "./plan.js";
import { launchSliced } from "./sliced.js";

/** What the gradient of a convolution's input reads and writes. */
export interface BackwardInputBindings {
  readonly dy: Bindable;
  readonly w: GpuStorage;
  readonly dx: Bindable;
}

/** Plans the gradient of a convolution's input and launches its kernel. */
export function launchBackwardInput(
  launcher: Launcher,
  g: Conv2dGeometry,
  bindings: BackwardInputBindings,
  algorithm: AlgorithmRequest,
): void {
  const row = asOneRow(g);
  const plan = planConv2dBackwardInput(row, launcher.traits, algorithm);
  const { w } = bindings;
  const turned = plan.turned ? launcher.workspace(w.elements) : undefined;
  if (turned) {
    const { k, cPerGroup } = row;
    const extents = [1, w.elements / (k * cPerGroup), k, cPerGroup] as const;
    launchTranspose(launcher, extents, [0, k * cPerGroup, 1, k], { x: w, y: turned });
  }
  launcher.launch({
    shader: plan.shader,
    choice: plan.choice,
    constants: plan.constants,
    params: [row, plan.params],
    bindings: { ...bindings, ...(turned && { turned }) },
    invocations: plan.invocations,
    work: conv2dFlops(row),
  });
}

/** What the gradient of a convolution's filter reads and writes. */
export interface BackwardFilterBindings {
  readonly x: GpuStorage;
  readonly dy: GpuStorage;
  readonly dw: GpuStorage;
}

/** Plans the gradient of a convolution's filter and launches its kernels: one, or two where its sums are cut in slices. */
export function launchBackwardFilter(
  launcher: Launcher,
  g: Conv2dGeometry,
  { x, dy, dw }: BackwardFilterBindings,
  algorithm: AlgorithmRequest,
): void {
  const plan = planConv2dBackwardFilter(g, launcher.traits, algorithm);
  const sum = { images: g.n, rowsPerImage: g.p, inputs: { x, dy }, total: dw, workPerImage: conv2dFlops(g) / g.n };
  launchSliced(launcher, plan, sum, ({ inputs, images, rowsPerSlice, partial, add }) => ({
    shader: plan.shader,
    choice: plan.choice,
    constants: { ...plan.constants, ADD: add },
    params: [{ n: images, rowsPerSlice }, g, plan.params],
    bindings: { ...inputs, partial },
  }));
}

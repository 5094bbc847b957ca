import { type Conv2dGeometry, conv2dFlops } from "../../core/geometry.js";
import type { Bindable } from "../../core/storage.js";
import type { Storage } from "../../core/storage.js";
import type { Launcher } from "../../core/operation.js";
import { launchSum } from "../kit/slices.js";
import type { AlgorithmRequest } from "./kernelPlan.js";
import { planConv2d } from "./plan.js";

/** What a forward convolution reads and writes. */
export interface ForwardBindings {
  readonly x: Bindable;
  readonly w: Storage;
  readonly bias: Storage | undefined;
  readonly y: Bindable;
}

/** Plans a forward convolution and launches its kernels: one, or two where its sums are cut in slices. */
export function launchForward(
  launcher: Launcher,
  g: Conv2dGeometry,
  { x, w, bias, y }: ForwardBindings,
  { relu, algorithm }: { readonly relu: boolean; readonly algorithm: AlgorithmRequest },
): void {
  const plan = planConv2d(g, launcher.traits, algorithm);
  const { slices = 1 } = plan;
  const elements = g.n * g.p * g.q * g.k;
  const partial = slices > 1 ? launcher.workspace(slices * elements) : undefined;
  launcher.launch({
    shader: plan.shader,
    choice: plan.choice,
    constants: { ...plan.constants, HAS_BIAS: bias !== undefined, RELU: relu },
    params: [g, plan.params],
    // Something must be bound to an absent bias; it is not read.
    bindings: { x, w, bias: bias ?? w, y: partial ?? y },
    invocations: plan.invocations,
    work: conv2dFlops(g),
  });
  if (partial) launchSum(launcher, { slices, elements, partial, total: y, bias, relu, channels: g.k });
}

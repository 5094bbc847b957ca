import { asOneRow, type Conv2dGeometry, conv2dFlops } from "../../core/geometry.js";
import type { Bindable } from "../../core/storage.js";
import { lanesFor } from "../kit/lanes.js";
import type { Storage } from "../../core/storage.js";
import { launchTranspose } from "../arrange/transpose.js";
import type { Launcher } from "../../core/operation.js";
import { launchSliced, launchSum } from "../kit/slices.js";
import { type AlgorithmRequest, slicesFor } from "./kernelPlan.js";
import { planConv2dBackwardFilter, planConv2dBackwardInput } from "./plan.js";

/** What the gradient of a convolution's input reads and writes. */
export interface BackwardInputBindings {
  readonly dy: Bindable;
  readonly w: Storage;
  readonly dx: Bindable;
  /** What a rectifier gave, where the gradient is to go through that too; of dx's shape. */
  readonly x?: Bindable;
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
    constants: { ...plan.constants, MASKED: "x" in bindings },
    params: [row, plan.params],
    bindings: { ...bindings, ...(turned && { turned }) },
    invocations: plan.invocations,
    work: conv2dFlops(row),
  });
}

/** What the gradient of a convolution's filter reads and writes. */
export interface BackwardFilterBindings {
  readonly x: Storage;
  readonly dy: Storage;
  readonly dw: Storage;
  /** Where it is wanted too. */
  readonly db?: Storage | undefined;
}

/**
 * Plans the gradient of a convolution's filter and launches its kernels: one, or two where its sums are cut in slices; and as many for that of the
 * bias, but for the first where the filter's gives it in the same pass.
 */
export function launchBackwardFilter(
  launcher: Launcher,
  g: Conv2dGeometry,
  { x, dy, dw, db }: BackwardFilterBindings,
  algorithm: AlgorithmRequest,
): void {
  const plan = planConv2dBackwardFilter(g, launcher.traits, algorithm);
  const { slices } = plan;
  const partialDb = db && plan.givesDb && launcher.workspace(slices * g.k);
  const sum = { images: g.n, rowsPerImage: g.p, inputs: { x, dy }, total: dw, workPerImage: conv2dFlops(g) / g.n };
  launchSliced(launcher, plan, sum, ({ inputs, images, rowsPerSlice, partial, add }) => ({
    shader: plan.shader,
    choice: plan.choice,
    constants: { ...plan.constants, ADD: add, ...(partialDb && { GIVE_DB: true }) },
    params: [{ n: images, rowsPerSlice }, g, plan.params],
    bindings: { ...inputs, partial, ...(partialDb && { partialDb }) },
  }));
  if (partialDb) launchSum(launcher, { slices, elements: g.k, partial: partialDb, total: db });
  else if (db) launchBackwardBias(launcher, g.n, { dy, db });
}

/** Launches the gradient of a convolution's bias. */
export function launchBackwardBias(
  launcher: Launcher,
  images: number,
  { dy, db }: { readonly dy: Storage; readonly db: Storage },
): void {
  const k = db.elements;
  const pixels = dy.elements / k;
  // Pixels are slices already. Every so many of them are added up side by side, as one longer slice.
  const slices = slicesFor(k / lanesFor(k), pixels, k, launcher.traits);
  const elements = slices * k;
  const total = slices === 1 ? db : launcher.workspace(elements);
  launcher.forEachBatch(images, { dy }, ({ dy }, n, first) => {
    const chunk = { slices: (n * pixels) / images / slices, elements, channels: k, partial: dy, total };
    launchSum(launcher, { ...chunk, add: first > 0 });
  });
  if (total !== db) launchSum(launcher, { slices, elements: k, partial: total, total: db });
}

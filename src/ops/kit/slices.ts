import sumSlices from "../../../shaders/kit/sumSlices.wgsl";
import type { Bindable } from "../../core/storage.js";
import type { Launch } from "../../core/operation.js";
import { lanesFor } from "./lanes.js";
import type { Storage } from "../../core/storage.js";
import type { SlicedPlan } from "../conv/kernelPlan.js";
import type { Launcher } from "../../core/operation.js";

/** A long sum over the rows of a batch. */
interface SlicedSum<Name extends string> {
  readonly images: number;
  readonly rowsPerImage: number;
  /** The tensors whose outermost extent is the batch. */
  readonly inputs: Readonly<Record<Name, Storage>>;
  readonly total: Storage;
  /** Estimated operations for one image. */
  readonly workPerImage: number;
}

/** What one dispatch sums: some images of the batch, their rows cut in slices. */
interface SlicedChunk<Name extends string> {
  readonly inputs: Readonly<Record<Name, Bindable>>;
  readonly images: number;
  readonly rowsPerSlice: number;
  /** Where the partial sum of each slice goes. */
  readonly partial: Storage;
  /** Whether the partial sums of earlier chunks are there already, to be added to. */
  readonly add: boolean;
}

/**
 * Runs a sum in slices and adds the slices in order. Where the batch is cut, each chunk adds to the slices of the one before it.
 *
 * @param partialSums the launch of one chunk; without its invocations and work, which follow from the plan
 */
export function launchSliced<Name extends string>(
  launcher: Launcher,
  { slices, invocations }: SlicedPlan,
  { images, rowsPerImage, inputs, total, workPerImage }: SlicedSum<Name>,
  partialSums: (chunk: SlicedChunk<Name>) => Omit<Launch, "invocations" | "work">,
): void {
  const partial = slices === 1 ? total : launcher.workspace(slices * total.elements);
  launcher.forEachBatch(images, inputs, (chunkInputs, chunkImages, first) => {
    const rowsPerSlice = Math.ceil((chunkImages * rowsPerImage) / slices);
    launcher.launch({
      ...partialSums({ inputs: chunkInputs, images: chunkImages, rowsPerSlice, partial, add: first > 0 }),
      invocations: slices * invocations,
      work: chunkImages * workPerImage,
    });
  });
  if (partial === total) return;
  launchSum(launcher, { slices, elements: total.elements, partial, total });
}

interface SliceSum {
  /** Of the last there may be the beginning only: then a fraction. */
  readonly slices: number;
  /** Of one slice. */
  readonly elements: number;
  readonly partial: Bindable;
  readonly total: Bindable;
  /** Of a forward convolution. */
  readonly bias?: Storage | undefined;
  readonly relu?: boolean;
  /** Its output channels, the innermost axis; any number of which the elements are a multiple where there is no bias. */
  readonly channels?: number;
  /** Whether the total is there already, to be added to. */
  readonly add?: boolean;
}

/** A GPU adds so many slices of few elements at a time: each load is waited for, and more slices can be added side by side first. */
const SLICES_AT_A_TIME = 64;
const FEW_ELEMENTS = 2 ** 16;

/** Adds slices in order; for a GPU, many of them in two steps. */
export function launchSum(launcher: Launcher, sum: SliceSum): void {
  const { slices, elements, partial, total, bias, relu = false, channels = elements, add = false } = sum;
  const { software } = launcher.traits;
  if (!software && slices > 2 * SLICES_AT_A_TIME && elements < FEW_ELEMENTS) {
    const fewer = launcher.workspace(SLICES_AT_A_TIME * elements);
    const wide = { slices: slices / SLICES_AT_A_TIME, elements: SLICES_AT_A_TIME * elements };
    launchSum(launcher, { ...wide, channels, partial, total: fewer });
    launchSum(launcher, { ...sum, slices: SLICES_AT_A_TIME, partial: fewer });
    return;
  }
  const lanes = lanesFor(channels);
  launcher.launch({
    shader: sumSlices,
    constants: { FOURS: lanes === 4, HAS_BIAS: bias !== undefined, RELU: relu, ADD: add, AHEAD: !software },
    params: { partials: slices * elements, elements, channels },
    // Something must be bound to an absent bias; it is not read.
    bindings: { partial, bias: bias ?? partial, total },
    invocations: elements / lanes,
    work: slices * elements,
  });
}

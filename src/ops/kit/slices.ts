import sumSlices from "../../../shaders/kit/sumSlices.wgsl";
import type { DeviceTraits, Launch, Launcher } from "../../core/operation.js";
import type { Bindable, Storage } from "../../core/storage.js";
import { lanesFor } from "./lanes.js";
import { SLICES } from "./thresholds.js";

// A long reduction is cut into slices that run side by side. A second dispatch adds the partial sums in a fixed order.

/**
 * How many slices fill the device.
 *
 * @param invocations the invocations of one slice
 * @param rows the rows that are cut into slices
 * @param elements the size of one slice's partial sum
 */
export function slicesFor(invocations: number, rows: number, elements: number, traits: DeviceTraits): number {
  const wanted = traits.software ? SLICES.invocationsWanted.software : SLICES.invocationsWanted.gpu;
  const affordable = Math.floor(Math.min(SLICES.mostWorkspaceBytes, traits.maxBindingBytes) / (4 * elements));
  return Math.max(1, Math.min(Math.ceil(wanted / invocations), affordable, rows, SLICES.most));
}

/** A reduction over the rows of a batch. */
interface SlicedSum<Name extends string> {
  readonly images: number;
  readonly rowsPerImage: number;
  /** The tensors whose outermost extent is the batch. */
  readonly inputs: Readonly<Record<Name, Storage>>;
  readonly total: Storage;
  /** Estimated operations for one image. */
  readonly workPerImage: number;
}

/** One dispatch of a sliced sum: some images of the batch, with their rows cut into slices. */
interface SlicedChunk<Name extends string> {
  readonly inputs: Readonly<Record<Name, Bindable>>;
  readonly images: number;
  readonly rowsPerSlice: number;
  /** The partial sum of each slice. */
  readonly partial: Storage;
  /** Whether `partial` holds the sums of earlier chunks, which this one adds to. */
  readonly add: boolean;
}

/**
 * Computes a sum in slices, and adds the slices in order. If the batch is cut into chunks, each chunk adds to the
 * partial sums of the chunks before it.
 *
 * @param plan the number of slices, and the invocations of one slice
 * @param partialSums the launch of one chunk, without its invocations and work: they follow from the plan
 */
export function launchSliced<Name extends string>(
  launcher: Launcher,
  { slices, invocations }: { readonly slices: number; readonly invocations: number },
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
  /** A fraction if the last slice is incomplete. */
  readonly slices: number;
  /** The elements of one slice. */
  readonly elements: number;
  readonly partial: Bindable;
  readonly total: Bindable;
  /** Added to the sum: one value for each channel. */
  readonly bias?: Storage | undefined;
  /** Whether the sum goes through a ReLU. */
  readonly relu?: boolean;
  /** The extent of the innermost axis. Without a bias: any divisor of `elements`. */
  readonly channels?: number;
  /** Whether `total` holds a sum already, which this one adds to. */
  readonly add?: boolean;
}

/** Adds slices in order. On a GPU, many slices of few elements are added in two steps. */
export function launchSum(launcher: Launcher, sum: SliceSum): void {
  const { slices, elements, partial, total, bias, relu = false, channels = elements, add = false } = sum;
  const { software } = launcher.traits;
  const { atATime, fewElements } = SLICES;
  if (!software && slices > 2 * atATime && elements < fewElements) {
    const fewer = launcher.workspace(atATime * elements);
    const wide = { slices: slices / atATime, elements: atATime * elements };
    launchSum(launcher, { ...wide, channels, partial, total: fewer });
    launchSum(launcher, { ...sum, slices: atATime, partial: fewer });
    return;
  }
  const lanes = lanesFor(channels);
  launcher.launch({
    shader: sumSlices,
    constants: { FOURS: lanes === 4, HAS_BIAS: bias !== undefined, RELU: relu, ADD: add, AHEAD: !software },
    params: { partials: slices * elements, elements, channels },
    // A binding cannot stay empty. Without a bias, the kernel does not read this one.
    bindings: { partial, bias: bias ?? partial, total },
    invocations: elements / lanes,
    work: slices * elements,
  });
}

/**
 * Sums the rows of x [images, …, channels] to one row, total [channels].
 *
 * Each row is a slice already. The first dispatch adds every s-th row, which leaves s rows. The second dispatch adds
 * those.
 */
export function launchRowSum(
  launcher: Launcher,
  images: number,
  { x, total }: { readonly x: Storage; readonly total: Storage },
): void {
  const channels = total.elements;
  const rows = x.elements / channels;
  const slices = slicesFor(channels / lanesFor(channels), rows, channels, launcher.traits);
  const elements = slices * channels;
  const partial = slices === 1 ? total : launcher.workspace(elements);
  launcher.forEachBatch(images, { x }, (chunk, n, first) => {
    const rowsOfChunk = (n * rows) / images;
    const sum = { slices: rowsOfChunk / slices, elements, channels, partial: chunk.x, total: partial };
    launchSum(launcher, { ...sum, add: first > 0 });
  });
  if (partial !== total) launchSum(launcher, { slices, elements: channels, partial, total });
}

import sumSlices from "../../../shaders/kit/sumSlices.wgsl";
import type { Launch, Launcher } from "../../core/operation.js";
import type { Bindable, Storage } from "../../core/storage.js";
import { launchStage, planReduction } from "./reduction.js";

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
 * @param partialSums the launch of one chunk, without its invocations and work, which follow from the plan
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
}

/** Adds slices in pairs. Many slices of few elements are added in several steps. */
export function launchSum(launcher: Launcher, sum: SliceSum): void {
  const { slices, elements, partial, total, bias, relu = false, channels = elements } = sum;
  const ofOne = { outer: 1, length: slices, inner: elements, slices: 1 };
  const stages = slices === 1 ? [ofOne] : planReduction([slices, elements], [1, elements], launcher.traits);
  let read = partial;
  for (const [i, stage] of stages.entries()) {
    const isLast = i === stages.length - 1;
    const y = isLast ? total : launcher.workspace(stage.slices * elements);
    // A binding cannot stay empty. Without a bias, the kernel does not read this one.
    const bindings = { partial: read, bias: (isLast && bias) || read, y };
    const constants = { HAS_BIAS: isLast && bias !== undefined, RELU: isLast && relu };
    launchStage(launcher, sumSlices, stage, bindings, {}, { channels }, constants);
    read = y;
  }
}

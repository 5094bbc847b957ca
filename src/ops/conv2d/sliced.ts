import sumSlices from "../../../shaders/sumSlices.wgsl";
import type { GpuStorage } from "../../webgpu/buffers.js";
import { type Bindable, type Launch, laneConstants, lanesFor } from "../../webgpu/dispatch.js";
import type { Launcher } from "../execute.js";
import type { SlicedPlan } from "./plan.js";

/** A long sum over the rows of a batch. */
interface SlicedSum<Name extends string> {
  readonly images: number;
  readonly rowsPerImage: number;
  /** The tensors whose outermost extent is the batch. */
  readonly inputs: Readonly<Record<Name, GpuStorage>>;
  readonly total: GpuStorage;
}

/** What one dispatch sums: some images of the batch, in some of the slices. */
interface SlicedChunk<Name extends string> {
  readonly inputs: Readonly<Record<Name, Bindable>>;
  readonly images: number;
  readonly rowsPerSlice: number;
  readonly slices: number;
  readonly firstSlice: number;
  /** Where the partial sums go. */
  readonly partial: GpuStorage;
}

/**
 * Runs a sum in slices and adds them in order. A batch that is cut to fit the bindings gives every chunk slices of its own.
 *
 * @param partialSums the launch that writes slices firstSlice … firstSlice + slices − 1 of `partial`
 */
export function launchSliced<Name extends string>(
  launcher: Launcher,
  plan: SlicedPlan,
  { images, rowsPerImage, inputs, total }: SlicedSum<Name>,
  partialSums: (chunk: SlicedChunk<Name>) => Launch,
): void {
  const chunks: Pick<SlicedChunk<Name>, "inputs" | "images" | "rowsPerSlice" | "slices" | "firstSlice">[] = [];
  let slicesInAll = 0;
  launcher.forEachBatch(images, inputs, (chunkInputs, chunkImages) => {
    const rows = chunkImages * rowsPerImage;
    const share = Math.max(1, Math.floor((plan.slices * chunkImages) / images));
    const rowsPerSlice = Math.ceil(rows / share);
    const slices = Math.ceil(rows / rowsPerSlice);
    chunks.push({ inputs: chunkInputs, images: chunkImages, rowsPerSlice, slices, firstSlice: slicesInAll });
    slicesInAll += slices;
  });
  const partial = slicesInAll === 1 ? total : launcher.workspace(slicesInAll * total.elements);
  for (const chunk of chunks) launcher.launch(partialSums({ ...chunk, partial }));
  if (partial === total) return;
  const lanes = lanesFor(total.elements);
  launcher.launch({
    shader: sumSlices,
    constants: laneConstants(lanes),
    params: { slices: slicesInAll, elements: total.elements },
    bindings: { partial, total },
    invocations: total.elements / lanes,
    work: slicesInAll * total.elements,
  });
}

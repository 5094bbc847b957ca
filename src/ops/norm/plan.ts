import type { DeviceTraits, Launcher } from "../../core/operation.js";
import type { Bindable, Storage } from "../../core/storage.js";
import { lanesFor } from "../kit/lanes.js";
import { slicesFor } from "../kit/slices.js";
import { workgroupSize } from "../kit/tiles.js";

/** Software: this many invocations keep all cores busy. */
const INVOCATIONS_WANTED = 512;
/** GPU: the rows of an invocation. With fewer rows, the square root of each channel costs too much. */
const ROWS_OF_INVOCATION = 4;

/** The constants that kernels over rows of channels share. */
export function constantsOf(c: number, traits: DeviceTraits) {
  return { FOURS: lanesFor(c) === 4, WORKGROUP_SIZE: workgroupSize(traits) };
}

/** How many strips of rows an elementwise kernel has. The rows of different strips are interleaved. */
export function stripsOf(rows: number, c: number, traits: DeviceTraits): number {
  const wanted = traits.software ? INVOCATIONS_WANTED / (c / lanesFor(c)) : rows / ROWS_OF_INVOCATION;
  return Math.min(rows, Math.max(1, Math.ceil(wanted)));
}

/** The rows that one launch sums in slices. No slice is empty. */
interface RowChunk<Name extends string> {
  readonly bindings: Readonly<Record<Name, Bindable>>;
  readonly rows: number;
  readonly slices: number;
  /** The numbers of its first slice and of its first row, counted over all chunks. */
  readonly firstSlice: number;
  readonly firstRow: number;
}

/** The most slices. They are merged one after the other. Merging more would take longer than they save. */
const MOST_SLICES = 256;

/**
 * Cuts rows of channels into slices, and into chunks if they do not fit a binding.
 *
 * @param values the number of values that a slice has for each channel
 */
export function sliceRows<Name extends string>(
  launcher: Launcher,
  rows: number,
  c: number,
  values: number,
  inputs: Readonly<Record<Name, Storage>>,
) {
  const wanted = Math.min(MOST_SLICES, slicesFor(c / lanesFor(c), rows, values * c, launcher.traits));
  const rowsPerSlice = Math.ceil(rows / wanted);
  const chunks: RowChunk<Name>[] = [];
  let slices = 0;
  launcher.forEachBatch(rows, inputs, (bindings, chunkRows, firstRow) => {
    const own = Math.ceil(chunkRows / rowsPerSlice);
    chunks.push({ bindings, rows: chunkRows, slices: own, firstSlice: slices, firstRow });
    slices += own;
  });
  return { chunks, slices, rowsPerSlice };
}

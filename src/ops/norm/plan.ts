import type { DeviceTraits, Launcher } from "../../core/operation.js";
import type { Bindable, Storage } from "../../core/storage.js";
import { lanesFor } from "../kit/lanes.js";
import { slicesFor } from "../kit/slices.js";
import { workgroupSize } from "../kit/tiles.js";

/** The invocations of a processor; a GPU's take so many rows each that their channel's root is paid for. */
const INVOCATIONS_WANTED = 512;
const ROWS_OF_INVOCATION = 4;

/** What kernels that go over rows of channels have in common. */
export function constantsOf(c: number, traits: DeviceTraits) {
  return { FOURS: lanesFor(c) === 4, WORKGROUP_SIZE: workgroupSize(traits) };
}

/** In how many strips of rows, interleaved, an element-wise kernel goes over them. */
export function stripsOf(rows: number, c: number, traits: DeviceTraits): number {
  const wanted = traits.software ? INVOCATIONS_WANTED / (c / lanesFor(c)) : rows / ROWS_OF_INVOCATION;
  return Math.min(rows, Math.max(1, Math.ceil(wanted)));
}

/** Rows that one dispatch sums in slices, none of which is empty. */
interface RowChunk<Name extends string> {
  readonly bindings: Readonly<Record<Name, Bindable>>;
  readonly rows: number;
  readonly slices: number;
  /** The number of its first slice among all there are. */
  readonly firstSlice: number;
}

/** A merge adds up slices one after the other: more of them than this would take it longer than they save. */
const MOST_SLICES = 256;

/**
 * Cuts rows of channels in slices, and in chunks where they do not fit a binding.
 *
 * @param values how many each slice leaves for a channel
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
  launcher.forEachBatch(rows, inputs, (bindings, chunkRows) => {
    const own = Math.ceil(chunkRows / rowsPerSlice);
    chunks.push({ bindings, rows: chunkRows, slices: own, firstSlice: slices });
    slices += own;
  });
  return { chunks, slices, rowsPerSlice };
}

import { create } from "webgpu";
import { openDevice } from "../src/runtime/webgpu/device.js";
import { type AdapterSummary, ensureAdapter } from "../tools/softwareAdapter.mjs";

/** A device and what it stands for, for one row of the table: nothing that another row compiled or allocated is left in it. */
export interface OpenDevice {
  readonly device: GPUDevice;
  readonly adapterInfo: GPUAdapterInfo;
  /** What no error scope caught. */
  readonly errors: readonly string[];
}

/** Gives devices of the best adapter that is there. */
export class Devices {
  private constructor(
    readonly adapter: AdapterSummary,
    /** Held, since Dawn crashes or hangs when its object is collected while a device lives. */
    readonly gpu: GPU,
  ) {}

  /** @throws Error naming what was tried, where there is no adapter */
  static async find(): Promise<Devices> {
    const adapter = await ensureAdapter();
    // A card's kernels take less than the tenth of a millisecond that Dawn rounds its clock to, for privacy's sake.
    const gpu = create(adapter.software ? [] : ["disable-dawn-features=timestamp_quantization"]);
    heldForEver.add(gpu);
    return new Devices(adapter, gpu);
  }

  /** A device with all of the adapter's limits, as the library opens its own. */
  async open(): Promise<OpenDevice> {
    const { gpu } = this;
    const { device, adapterInfo } = await openDevice({ name: 'Dawn (npm "webgpu")', find: async () => gpu });
    if (!adapterInfo) throw new Error("Dawn tells nothing of its adapter");
    const errors: string[] = [];
    device.addEventListener("uncapturederror", ({ error }) => errors.push(error.message));
    return { device, adapterInfo, errors };
  }
}

const heldForEver = new Set<GPU>();

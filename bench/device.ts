import { create } from "webgpu";
import { openDevice } from "../src/runtime/webgpu/device.js";
import { type AdapterSummary, ensureAdapter } from "../tools/softwareAdapter.mjs";

/** A device for one row of the table. It is new, so nothing is left of what other rows compiled or allocated. */
export interface OpenDevice {
  readonly device: GPUDevice;
  readonly adapterInfo: GPUAdapterInfo;
  /** Errors that no error scope caught. */
  readonly errors: readonly string[];
}

/** Opens devices of the best adapter of this machine. */
export class Devices {
  private constructor(
    readonly adapter: AdapterSummary,
    /** Kept: Dawn crashes or hangs if this object is collected while a device lives. */
    readonly gpu: GPU,
  ) {}

  /** @throws Error that names what was tried, if there is no adapter */
  static async find(): Promise<Devices> {
    const adapter = await ensureAdapter();
    // For privacy, Dawn rounds its clock to a tenth of a millisecond. A GPU's kernels take less.
    const gpu = create(adapter.software ? [] : ["disable-dawn-features=timestamp_quantization"]);
    heldForEver.add(gpu);
    return new Devices(adapter, gpu);
  }

  /** For titles. */
  get name(): string {
    const { description, vendor, architecture, software } = this.adapter;
    return `${description || `${vendor} ${architecture}`}${software ? " (a software adapter)" : ""}`;
  }

  /** A device with all limits of the adapter, as the library requests it. */
  async open(): Promise<OpenDevice> {
    const { gpu } = this;
    const { device, adapterInfo } = await openDevice([{ name: 'Dawn (npm "webgpu")', find: async () => gpu }], "any");
    if (!adapterInfo) throw new Error("Dawn tells nothing of its adapter");
    const errors: string[] = [];
    device.addEventListener("uncapturederror", ({ error }) => errors.push(error.message));
    return { device, adapterInfo, errors };
  }
}

const heldForEver = new Set<GPU>();

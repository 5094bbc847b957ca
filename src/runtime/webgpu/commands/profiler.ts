import { BufferUsage, MAP_MODE_READ } from "../memory/bufferUsage.js";

/** A dispatch as it is measured. */
export interface Measured {
  readonly operator: string;
  /** The path of its shader. */
  readonly kernel: string;
  /** Estimated. */
  readonly operations: number;
  /** Of its tensors, each counted once. */
  readonly bytes: number;
}

export interface Timed extends Measured {
  /**
   * By the device's own clock. Undefined if the device has no timestamps, and for dispatches beyond the first
   * `MOST_TIMED`.
   */
  readonly milliseconds: number | undefined;
}

/** The most dispatches that are timed. A query set has at most 4096 entries, two for each. */
const MOST_TIMED = 2048;
const BYTES_PER_TIMESTAMP = 8;

/** Measures dispatches by the device's timestamps, if it has the feature. */
export class Profiler {
  readonly #measured: Measured[] = [];
  readonly #querySet: GPUQuerySet | undefined;

  constructor(private readonly device: GPUDevice) {
    if (device.features.has("timestamp-query")) {
      this.#querySet = device.createQuerySet({ type: "timestamp", count: 2 * MOST_TIMED });
    }
  }

  /** Notes a dispatch. Returns where the device writes its timestamps. */
  measure(dispatch: Measured): GPUComputePassTimestampWrites | undefined {
    const index = 2 * this.#measured.push(dispatch) - 2;
    if (!this.#querySet || index >= 2 * MOST_TIMED) return undefined;
    return { querySet: this.#querySet, beginningOfPassWriteIndex: index, endOfPassWriteIndex: index + 1 };
  }

  /** Waits for all measurements. */
  async finish(): Promise<Timed[]> {
    const times = await this.#read();
    return this.#measured.map((dispatch, i) => {
      const [begin, end] = [times[2 * i], times[2 * i + 1]];
      const milliseconds = begin === undefined || end === undefined ? undefined : Number(end - begin) / 1e6;
      return { ...dispatch, milliseconds };
    });
  }

  /** Frees the query set. */
  close(): void {
    this.#querySet?.destroy();
  }

  async #read(): Promise<BigUint64Array> {
    const count = 2 * Math.min(this.#measured.length, MOST_TIMED);
    if (!this.#querySet || count === 0) return new BigUint64Array();
    const { device } = this;
    const size = count * BYTES_PER_TIMESTAMP;
    const resolved = device.createBuffer({ size, usage: BufferUsage.QUERY_RESOLVE | BufferUsage.COPY_SRC });
    const readable = device.createBuffer({ size, usage: BufferUsage.MAP_READ | BufferUsage.COPY_DST });
    try {
      const encoder = device.createCommandEncoder();
      encoder.resolveQuerySet(this.#querySet, 0, count, resolved, 0);
      encoder.copyBufferToBuffer(resolved, 0, readable, 0, size);
      device.queue.submit([encoder.finish()]);
      await readable.mapAsync(MAP_MODE_READ);
      return new BigUint64Array(readable.getMappedRange().slice(0));
    } finally {
      resolved.destroy();
      readable.destroy();
    }
  }
}

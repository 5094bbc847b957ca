import type { Work } from "./tasks.js";
import type { Timed } from "./timing.js";

/** The measured limits of an adapter, or of an engine on a processor. */
export interface Ceiling {
  /** Multiply-adds in registers, counted as two operations each. */
  readonly flopsPerSecond: number;
  /** A large copy in memory. Read and written bytes both count. */
  readonly bytesPerSecond: number;
}

/** The roofline: the least time that this work can take, in milliseconds. Work that fits a cache may be faster. */
export function leastMilliseconds({ flops = 0, bytes }: Work, { flopsPerSecond, bytesPerSecond }: Ceiling): number {
  return 1000 * Math.max(flops / flopsPerSecond, bytes / bytesPerSecond);
}

export function higherCeiling(a: Ceiling, b: Ceiling): Ceiling {
  return {
    flopsPerSecond: Math.max(a.flopsPerSecond, b.flopsPerSecond),
    bytesPerSecond: Math.max(a.bytesPerSecond, b.bytesPerSecond),
  };
}

/** One of the limits, as work to time. It takes turns with contenders, because machines drift. */
export interface Limit extends Timed {
  readonly name: keyof Ceiling;
  /** The operations or bytes of one run. */
  readonly perRun: number;
}

/** The name of the limit that this work takes longer to. */
export function bindingLimit({ flops = 0, bytes }: Work, { flopsPerSecond, bytesPerSecond }: Ceiling): keyof Ceiling {
  return flops / flopsPerSecond > bytes / bytesPerSecond ? "flopsPerSecond" : "bytesPerSecond";
}

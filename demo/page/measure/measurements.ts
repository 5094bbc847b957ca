/** What Measure finds out. */
import type { Device } from "../worker/messages.js";

export type Kind = "webgpu" | "wasm";

export interface MeasureQuestion {
  /** Forward passes only, and fewer samples. */
  readonly quick: boolean;
}

/** The measured limits of a device: what no kernel passes. */
export interface Limits {
  readonly flopsPerSecond: number;
  readonly bytesPerSecond: number;
}

/** A kind of backend on this device. */
export interface MeasuredDevice {
  readonly kind: Kind;
  /** Undefined if there is none; `reason` says why. */
  readonly device: Device | undefined;
  readonly reason: string | undefined;
  readonly limits: Limits | undefined;
}

/** One call on one backend. */
export interface Speed {
  /** The median of the samples. */
  readonly milliseconds: number;
  readonly samples: number;
  /** Calls in each sample. */
  readonly runs: number;
  /** The first call, which compiles. */
  readonly firstMilliseconds: number;
  /** The largest error by what the library promises, against a reference in float64. At most 1 is right. */
  readonly errorOfBound: number;
}

/** One call, on each backend that there is. */
export interface MeasuredCall {
  readonly name: string;
  /** What it does, such as "3 × 3 convolution, 64 to 64 channels". */
  readonly title: string;
  /** On what, such as "1 picture of 56 × 56, backward to x". */
  readonly detail: string;
  readonly group: "convolution" | "pool";
  /** Two for each multiply-add. Undefined for pools. */
  readonly flops: number | undefined;
  readonly bytes: number;
  readonly speeds: Readonly<Partial<Record<Kind, Speed>>>;
}

/** The least time that the limits allow, by the time taken. Work that fits a cache may pass 1. */
export function ofCeiling({ flops = 0, bytes }: MeasuredCall, { milliseconds }: Speed, limits: Limits): number {
  return (1000 * Math.max(flops / limits.flopsPerSecond, bytes / limits.bytesPerSecond)) / milliseconds;
}

/** The training of a LeNet with batches of 64 digits. */
export interface MeasuredTraining {
  readonly picturesPerSecond: Readonly<Partial<Record<Kind, number>>>;
  /** Between the backends and the reference, over the first steps. */
  readonly largestLossDifference: number;
}

export interface Measured {
  readonly devices: readonly MeasuredDevice[];
  readonly calls: readonly MeasuredCall[];
  readonly training: MeasuredTraining;
}

/** Sent as it is found out. */
export type MeasuredPart =
  /** What is measured now. */
  | { readonly type: "now"; readonly title: string }
  /** Sent again when its limits are measured again. */
  | { readonly type: "device"; readonly device: MeasuredDevice }
  | { readonly type: "call"; readonly call: MeasuredCall };

import type { Span } from "../../memory/linearMemory.js";

/** A part of the sums of y, and the address of its results. */
export interface PartOfSum {
  readonly term: number;
  readonly terms: number;
  readonly y: number;
}

/** Queues jobs that compute parts of the sums, as matrices like y. */
export type PlannedProduct = (parts: readonly PartOfSum[], bias: Span | undefined, floor: number) => void;

import type { Work } from "./tasks.js";

/** Three significant digits. */
export function formatNumber(value: number): string {
  if (!Number.isFinite(value)) return String(value);
  if (value >= 100) return value.toFixed(0);
  if (value >= 10) return value.toFixed(1);
  return value >= 0.1 ? value.toFixed(2) : value.toFixed(3);
}

/** For example "8.21 GFLOP/s", or GB/s if the work has no multiply-adds. The unit always has the same width. */
export function formatRate({ flops, bytes }: Work, milliseconds: number): string {
  return flops === undefined
    ? `${formatNumber(bytes / milliseconds / 1e6)} GB/s   `
    : `${formatNumber(flops / milliseconds / 1e6)} GFLOP/s`;
}

/** A share as a percentage; as a multiple if it is far above 1. */
export function formatShare(share: number): string {
  if (share === 0) return "0 %";
  if (share < 0.001) return "< 0.1 %";
  if (share >= 10) return `${formatNumber(share)} times`;
  return `${share < 0.1 ? (100 * share).toFixed(1) : (100 * share).toFixed(0)} %`;
}

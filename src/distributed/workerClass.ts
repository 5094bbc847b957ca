import type { Backend } from "../core/backend.js";

/**
 * Workers of one class compute the same bits: "wasm" (without relaxed SIMD, on any processor), "wasm relaxed", "cpu",
 * or "webgpu" with vendor, architecture and description of the adapter.
 */
export function workerClass({ kind, info }: Pick<Backend, "kind" | "info">): string {
  switch (kind) {
    case "cpu":
      return "cpu";
    case "wasm":
      return info.description.endsWith(", relaxed") ? "wasm relaxed" : "wasm";
    case "webgpu": {
      const words = ["webgpu", info.vendor, info.architecture, info.description];
      return words
        .filter((word) => word !== "")
        .join(" ")
        .slice(0, LONGEST_CLASS);
    }
  }
}

/** The most characters of a class. */
export const LONGEST_CLASS = 256;

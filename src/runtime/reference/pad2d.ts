import type { PadMode } from "../../core/attributes.js";
import type { ReferenceKernel } from "./referenceKernel.js";

/** The reference of shaders/pad/pad2d. */
export const pad2d: ReferenceKernel<"pad2d"> = ({ geometry: g, mode, value }, { x }, { y }) => {
  for (let n = 0; n < g.n; n++) {
    for (let p = 0; p < g.p; p++) {
      const h = paddingSource(p - g.padTop, g.h, mode);
      for (let q = 0; q < g.q; q++) {
        const column = paddingSource(q - g.padLeft, g.w, mode);
        const output = ((n * g.p + p) * g.q + q) * g.c;
        if (h < 0 || column < 0) y.fill(value, output, output + g.c);
        else {
          const pixel = ((n * g.h + h) * g.w + column) * g.c;
          y.set(x.subarray(pixel, pixel + g.c), output);
        }
      }
    }
  }
};

/** The element of an axis of the input that a padded position shows. −1 for the constant. */
export function paddingSource(position: number, extent: number, mode: PadMode): number {
  if (position >= 0 && position < extent) return position;
  if (mode === "constant") return -1;
  if (mode === "edge") return position < 0 ? 0 : extent - 1;
  const edge = mode === "symmetric" ? 1 : 0;
  return position < 0 ? -position - edge : 2 * (extent - 1) - position + edge;
}

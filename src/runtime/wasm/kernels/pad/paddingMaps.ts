import type { PadMode } from "../../../../core/attributes.js";
import type { Pad2dGeometry } from "../../../../core/geometry.js";
import { type AxisMap, axisMap, keptMap } from "../kit/axisMap.js";
import type { ImageMap } from "../kit/mapImages.js";

/** The pixel of the input that each pixel of the output shows. None where it shows the constant. */
export function paddingMaps(g: Pad2dGeometry, mode: PadMode): ImageMap {
  return {
    ...{ n: g.n, c: g.c },
    rows: paddingMap(g.h, g.p, g.padTop, mode),
    columns: paddingMap(g.w, g.q, g.padLeft, mode),
  };
}

function paddingMap(inputs: number, outputs: number, padBegin: number, mode: PadMode): AxisMap {
  return keptMap(`padding ${[inputs, outputs, padBegin, mode]}`, () =>
    axisMap(outputs, inputs, { period: 1, step: 1 }, (output) => {
      const at = shown(output - padBegin, inputs, mode);
      return at === undefined ? [] : [{ at, weight: 1 }];
    }),
  );
}

/** The input position that a padded position shows. */
function shown(position: number, extent: number, mode: PadMode): number | undefined {
  if (position >= 0 && position < extent) return position;
  if (mode === "constant") return undefined;
  if (mode === "edge") return position < 0 ? 0 : extent - 1;
  const edge = mode === "symmetric" ? 1 : 0;
  return position < 0 ? -position - edge : 2 * (extent - 1) - position + edge;
}

import type { Resample2dAttributes, ResampleAxis } from "../../../../core/attributes.js";
import { greatestCommonDivisor } from "../../../../core/geometry.js";
import { type AxisMap, axisMap, keptMap, type Tap } from "../kit/axisMap.js";
import type { ImageMap } from "../kit/mapImages.js";

/** The pixels that each output pixel shows. */
export function resampleMaps({ geometry: g, linear, height, width }: Resample2dAttributes): ImageMap {
  return {
    ...{ n: g.n, c: g.c },
    rows: resampleMap(height, g.h, g.p, linear),
    columns: resampleMap(width, g.w, g.q, linear),
  };
}

function resampleMap(axis: ResampleAxis, inputs: number, outputs: number, linear: boolean): AxisMap {
  return keptMap(`resampling ${[...Object.values(axis), inputs, outputs, linear]}`, () => {
    const common = greatestCommonDivisor(axis.step, axis.whole);
    const [period, step] = [axis.whole / common, axis.step / common];
    return axisMap(outputs, inputs, { period, step }, (output) => tapsOf(output, axis, inputs, linear));
  });
}

/** The input positions around the point of an output. Those with the weight 0 are left out. */
function tapsOf(output: number, { step, first, whole }: ResampleAxis, inputs: number, linear: boolean): readonly Tap[] {
  const numerator = output * step + first;
  const source = Math.floor(numerator / whole);
  if (!linear) return [{ at: source, weight: 1 }];
  const near = Math.max(source, 1) - 1;
  const rest = numerator - source * whole;
  if (source === 0 || near === inputs - 1 || rest === 0) return [{ at: near, weight: 1 }];
  return [
    { at: near, weight: (whole - rest) / whole },
    { at: near + 1, weight: rest / whole },
  ];
}

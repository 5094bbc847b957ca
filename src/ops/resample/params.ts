import type { ResampleAxis } from "../../core/attributes.js";
import type { ParamValues } from "../../core/operation.js";

/** The axes by the names of shaders/lib/resample. */
export function axisParams({ height, width }: { height: ResampleAxis; width: ResampleAxis }): ParamValues {
  return {
    ...{ stepHeight: height.step, firstHeight: height.first, wholeHeight: height.whole },
    ...{ stepWidth: width.step, firstWidth: width.first, wholeWidth: width.whole },
  };
}

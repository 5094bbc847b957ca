import type { ReduceAttributes } from "../../../../core/attributes.js";
import type { Work } from "../../commands/work.js";
import type { Span } from "../../memory/linearMemory.js";
import { stagesOf } from "../kit/axes.js";
import { type Extremum, extremeAxes } from "../kit/extrema.js";
import { markExtrema, shareExtrema } from "../kit/stretch.js";
import { sumAxes } from "../kit/sums.js";

/** dx = dy / (the number of elements that equal the extremum), in these elements. 0 elsewhere. */
export function extremumBackward(
  work: Work,
  which: Extremum,
  attributes: ReduceAttributes,
  { x, dy }: { readonly x: Span; readonly dy: Span },
  { dx }: { readonly dx: Span },
): void {
  const stages = stagesOf(attributes.shape, attributes.keptShape);
  const [extremum, count] = [work.workspace(dy.elements), work.workspace(dy.elements)];
  extremeAxes(work, which, stages, x, extremum);
  // dx holds marks until they are counted.
  markExtrema(work, attributes, x, extremum, dx);
  sumAxes(work, stages, dx, count);
  shareExtrema(work, attributes, { x, extremum, dy, count }, dx);
}

import type { GroupNormalizationAttributes } from "../../../../core/attributes.js";
import type { Work } from "../../commands/work.js";
import { type GradientInputs, gradientsThroughStatistics, type NormalizationGradients } from "./gradients.js";
import { gradientsOfRows } from "./rowGroups.js";
import { groupTable } from "./statistics.js";

/**
 * dx = root · (dy · scale − mean(dy · scale) − x̂ · mean(dy · scale · x̂)), dscale = Σ dy · x̂ and dbias = Σ dy, with
 * x̂ = (x − mean) · root of each group of each image.
 */
export function groupNormalizationBackward(
  work: Work,
  g: GroupNormalizationAttributes,
  inputs: GradientInputs,
  outputs: NormalizationGradients,
): void {
  if (g.pixels === 1) gradientsOfRows(work, g, inputs, outputs);
  else gradientsThroughStatistics(work, g, inputs, groupTable(work, g, inputs.x), outputs);
}

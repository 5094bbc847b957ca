import type { BatchGradientAttributes } from "../../../../core/attributes.js";
import type { Work } from "../../commands/work.js";
import type { Span } from "../../memory/linearMemory.js";
import { type GradientInputs, gradientsThroughStatistics, type NormalizationGradients } from "./gradients.js";
import { givenTable } from "./statistics.js";

/** dx = factor · (dy − (dbias + x̂ · dscale) / rows), dscale = Σ dy · x̂ and dbias = Σ dy. */
export function batchNormalizationTrainingBackward(
  work: Work,
  attributes: BatchGradientAttributes,
  { mean, spread, ...inputs }: GradientInputs & { readonly mean: Span; readonly spread: Span },
  outputs: NormalizationGradients,
): void {
  const c = mean.elements;
  const centers = givenTable(work, attributes, { mean, spread });
  const g = { n: 1, pixels: inputs.x.elements / c, c, groups: c };
  gradientsThroughStatistics(work, g, inputs, centers, outputs, true);
}

import targetWeightsShader from "../../../shaders/loss/targetWeights.wgsl";
import type { SoftmaxCrossEntropyAttributes } from "../../core/attributes.js";
import type { Launcher, ParamValues, ShaderConstants } from "../../core/operation.js";
import type { Storage } from "../../core/storage.js";
import { lanesFor } from "../kit/lanes.js";
import { launchTotal } from "../kit/reduction.js";

/** The constants, params and bindings of a cross-entropy besides logits and labels; see shaders/lib/targets. */
interface Targets {
  readonly constants: ShaderConstants;
  readonly params: ParamValues;
  readonly bindings: Readonly<Record<string, Storage>>;
}

/** Computes the input that the kernels need first: the divisor of a weighted mean. */
export function launchTargets(
  launcher: Launcher,
  g: SoftmaxCrossEntropyAttributes,
  labels: Storage,
  classWeights: Storage | undefined,
): Targets {
  const { n, c, probabilities, reduction, labelSmoothing } = g;
  const mean = reduction === "mean";
  const weightedMean = mean && classWeights !== undefined && !probabilities;
  return {
    constants: {
      FOURS: lanesFor(c) === 4,
      PROBABILITIES: probabilities,
      WEIGHTED: classWeights !== undefined,
      WEIGHTED_MEAN: weightedMean,
    },
    params: { c, keep: 1 - labelSmoothing, share: labelSmoothing / c, scale: mean ? 1 / n : 1 },
    bindings: {
      ...(classWeights && { classWeights }),
      ...(classWeights && weightedMean && { divisor: launchDivisor(launcher, n, c, labels, classWeights) }),
    },
  };
}

/** The sum of the weights of the rows' classes. */
function launchDivisor(launcher: Launcher, n: number, c: number, labels: Storage, classWeights: Storage): Storage {
  const weights = launcher.workspace(n);
  launcher.forEachBatch(n, { labels, weights }, (chunk, rows) =>
    launcher.launch({
      shader: targetWeightsShader,
      constants: {},
      params: { c },
      bindings: { ...chunk, classWeights },
      invocations: rows,
      work: rows,
    }),
  );
  if (n === 1) return weights;
  const divisor = launcher.workspace(1);
  launchTotal(launcher, weights, divisor);
  return divisor;
}

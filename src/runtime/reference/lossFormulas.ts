import { unlessOverflow } from "./overflow.js";
import {
  logistic,
  logisticUnits,
  type Numbers,
  softplusRest,
  softplusRestUnits,
  underflow,
  units,
} from "./unaryFormulas.js";

/**
 * A loss of one prediction and its target in float64. Magnitudes are as in `UnaryFormula`; each is the absolute value
 * of its formula if left out. The magnitude of a slope includes its product with dy, which takes 1.5 units.
 */
export interface LossFormula {
  value(p: number, t: number, numbers: Numbers): number;
  /** ∂value/∂p. */
  slopeOfPrediction(p: number, t: number, numbers: Numbers): number;
  slopeOfTarget(p: number, t: number, numbers: Numbers): number;
  magnitude?(p: number, t: number, numbers: Numbers): number;
  slopeOfPredictionMagnitude?(p: number, t: number, numbers: Numbers): number;
  slopeOfTargetMagnitude?(p: number, t: number, numbers: Numbers): number;
}

const weighted = (weight: number, value: number) => (weight === 0 ? 0 : weight * value);
const softplus = (x: number) => Math.max(x, 0) + softplusRest(x);

/** The magnitude of weight · softplus(x). The weight has 1 unit, the products and the sum with the other term 2. */
function softplusMagnitude(weight: number, x: number): number {
  const ofRest = units(softplusRestUnits(x), weighted(weight, softplusRest(x)));
  return unlessOverflow(weight, ofRest + units(4, weighted(weight, softplus(x))) + underflow(weight));
}

/** The magnitude of weight · logistic(x), with the units of the weight, of the sum and of dy. */
function logisticMagnitude(weight: number, x: number): number {
  return unlessOverflow(weight, units(logisticUnits(x) + 4, weight * logistic(x)) + underflow(weight));
}

function huber(p: number, t: number, { delta = 1 }: Numbers): number {
  const size = Math.abs(p - t);
  const near = Math.min(size, delta);
  return near * (size - near / 2);
}

/** x, limited to the range from −end to end. NaN stays NaN. */
const held = (x: number, end: number) => Math.max(-end, Math.min(x, end));
/** The sign of p − t: −1, 0 or 1. NaN if p or t is NaN. */
const sideOf = (p: number, t: number) => (p === t ? 0 : p > t ? 1 : p < t ? -1 : Number.NaN);

/** The formulas by operator name. */
export const LOSS_FORMULAS: Readonly<Record<string, LossFormula>> = {
  binaryCrossEntropy: {
    value(x, t, { posWeight = 1 }) {
      if (Number.isNaN(x)) return x;
      return weighted(posWeight * t, softplus(-x)) + weighted(1 - t, softplus(x));
    },
    slopeOfPrediction: (x, t, { posWeight = 1 }) => (1 - t) * logistic(x) - posWeight * t * logistic(-x),
    slopeOfTarget: (x, _t, { posWeight = 1 }) => (posWeight - 1) * softplusRest(x) - (x < 0 ? posWeight * x : x),
    magnitude: (x, t, { posWeight = 1 }) => softplusMagnitude(posWeight * t, -x) + softplusMagnitude(1 - t, x),
    slopeOfPredictionMagnitude: (x, t, { posWeight = 1 }) =>
      logisticMagnitude(posWeight * t, -x) + logisticMagnitude(1 - t, x),
    slopeOfTargetMagnitude(x, _t, { posWeight = 1 }) {
      const ofRest = units(softplusRestUnits(x) + 4, (posWeight - 1) * softplusRest(x));
      return ofRest + units(3, (x < 0 ? posWeight : 1) * x) + underflow(posWeight - 1);
    },
  },

  huber: {
    value: huber,
    slopeOfPrediction: (p, t, { delta = 1 }) => held(p - t, delta),
    slopeOfTarget: (p, t, { delta = 1 }) => held(t - p, delta),
    magnitude: (p, t, numbers) => unlessOverflow(p - t, huber(p, t, numbers)),
  },

  meanAbsoluteError: {
    value: (p, t) => Math.abs(p - t),
    slopeOfPrediction: (p, t) => sideOf(p, t),
    slopeOfTarget: (p, t) => sideOf(t, p),
  },

  meanSquaredError: {
    value: (p, t) => (p - t) ** 2,
    slopeOfPrediction: (p, t) => 2 * (p - t),
    slopeOfTarget: (p, t) => 2 * (t - p),
  },
};

import type { FunctionBuilder } from "../../assembler/functionBuilder.js";
import { F32x4 } from "../../assembler/vectors.js";
import { exp, log1p, logistics } from "../kit/math.js";

type Numbers = Readonly<Record<string, number>>;
type Map = (f: FunctionBuilder, p: F32x4, t: F32x4, numbers: Numbers) => F32x4;

/** A loss of four predictions and their targets. The arguments are variables. */
export interface LossFormula {
  readonly value: Map;
  /** ∂value/∂p. */
  readonly slopeOfPrediction: Map;
  readonly slopeOfTarget: Map;
}

const of = (x: number) => F32x4.of(x);
const [ZERO, ONE, TWO] = [of(0), of(1), of(2)];

/** ln(1 + exp(−|x|)). */
const softplusRest = (f: FunctionBuilder, x: F32x4) => log1p(f, exp(f, x.abs().neg()));

/** weight · value, and 0 where the weight is 0. */
const weighted = (weight: F32x4, value: F32x4) => weight.mul(value).whereNot(weight.equals(ZERO));

/** NaN where x is NaN. */
const keepNaN = (value: F32x4, x: F32x4) => value.bits().or(x.differs(x)).asF32x4();

/** x, limited to the range from −end to end. NaN stays NaN. */
const held = (x: F32x4, end: number) => x.pseudoMin(of(end)).pseudoMax(of(-end));

/** The sign of p − t: −1, 0 or 1. NaN if p or t is NaN. */
const sideOf = (p: F32x4, t: F32x4) => keepNaN(keepNaN(ONE.where(t.less(p)).sub(ONE.where(p.less(t))), p), t);

/** The formulas by operator name. */
export const LOSS_FORMULAS: Readonly<Record<string, LossFormula>> = {
  binaryCrossEntropy: {
    value(f, x, t, { posWeight = 1 }) {
      const rest = softplusRest(f, x);
      const ofPositive = f.f32x4(t.mul(of(posWeight)));
      const ofNegative = f.f32x4(ONE.sub(t));
      const positive = rest.add(ZERO.pseudoMax(x.neg()));
      const negative = rest.add(ZERO.pseudoMax(x));
      return keepNaN(weighted(ofPositive, positive).add(weighted(ofNegative, negative)), x);
    },
    slopeOfPrediction(f, x, t, { posWeight = 1 }) {
      const { of: share, ofNegated } = logistics(f, x);
      return ONE.sub(t)
        .mul(share)
        .sub(t.mul(of(posWeight)).mul(ofNegated));
    },
    slopeOfTarget(f, x, _t, { posWeight = 1 }) {
      const line = x.mul(of(posWeight)).select(x.less(ZERO), x);
      return softplusRest(f, x)
        .mul(of(posWeight - 1))
        .sub(line);
    },
  },

  huber: {
    value(f, p, t, { delta = 1 }) {
      const size = f.f32x4(p.sub(t).abs());
      const near = f.f32x4(size.pseudoMin(of(delta)));
      return near.mul(size.sub(near.mul(of(0.5))));
    },
    slopeOfPrediction: (_f, p, t, { delta = 1 }) => held(p.sub(t), delta),
    slopeOfTarget: (_f, p, t, { delta = 1 }) => held(t.sub(p), delta),
  },

  meanAbsoluteError: {
    value: (_f, p, t) => p.sub(t).abs(),
    slopeOfPrediction: (_f, p, t) => sideOf(p, t),
    slopeOfTarget: (_f, p, t) => sideOf(t, p),
  },

  meanSquaredError: {
    value(f, p, t) {
      const difference = f.f32x4(p.sub(t));
      return difference.mul(difference);
    },
    slopeOfPrediction: (_f, p, t) => p.sub(t).mul(TWO),
    slopeOfTarget: (_f, p, t) => t.sub(p).mul(TWO),
  },
};

/** @throws Error if there is none of that name */
export function lossFormulaOf(name: string): LossFormula {
  const formula = LOSS_FORMULAS[name];
  if (formula === undefined) throw new Error(`WebAssembly has no loss of the name ${name}`);
  return formula;
}

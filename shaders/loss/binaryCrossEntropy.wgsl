// The cross-entropy of each target against the logistic function of its logit.
//
//   p = x, a logit
//   loss = posWeight · t · softplus(−x) + (1 − t) · softplus(x)
//   dx = ((1 − t) / (1 + exp(−x)) − posWeight · t / (1 + exp(x))) · dy
//   dt = (posWeight · softplus(−x) − softplus(x)) · dy
//
// softplus(x) = log(1 + exp(x)) = −log(1 − logistic(x)). Both terms are computed as max(±x, 0) + log(1 + exp(−|x|)),
// which neither overflows nor loses digits. A term with the weight 0 is 0, even if x is infinite.
// Reference: src/runtime/reference/losses.ts

#import pointwise
#import logarithm
#import logistic
#import nan

// log(1 + exp(−|x|)).
fn restOf(x: Lane) -> Lane {
  let power = exp(-abs(x));
  return logarithmOfRatio(power / (2.0 + power));
}

fn weighted(weight: Lane, value: Lane) -> Lane {
  return select(weight * value, Lane(0.0), weight == Lane(0.0));
}

fn lossOf(x: Lane, t: Lane) -> Lane {
  let rest = restOf(x);
  let positive = select(rest, rest - x, x < Lane(0.0));
  let negative = select(rest, rest + x, x > Lane(0.0));
  let loss = weighted(params.posWeight * t, positive) + weighted(1.0 - t, negative);
  return keepNan(keepNan(loss, x), t);
}

fn slopeOfPrediction(x: Lane, t: Lane) -> Lane {
  return keepNan((1.0 - t) * logistic(x) - params.posWeight * t * logistic(-x), x);
}

// With a weight of 1, exactly −x.
fn slopeOfTarget(x: Lane, t: Lane) -> Lane {
  let line = select(x, params.posWeight * x, x < Lane(0.0));
  return keepNan((params.posWeight - 1.0) * restOf(x) - line, x);
}

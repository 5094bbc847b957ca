// The absolute error of each element.
//
//   loss = |p − t|
//   dp = dy where p > t, −dy where p < t, 0 where p = t; dt = −dp
//
// The gradients compare p and t. Their difference may be subnormal, and flushed to zero.
// Reference: src/runtime/reference/losses.ts

#import pointwise
#import nan

fn lossOf(p: Lane, t: Lane) -> Lane {
  return abs(p - t);
}

fn sideOf(p: Lane, t: Lane) -> Lane {
  let side = select(Lane(0.0), Lane(1.0), p > t) - select(Lane(0.0), Lane(1.0), p < t);
  return keepNan(keepNan(side, p), t);
}

fn slopeOfPrediction(p: Lane, t: Lane) -> Lane {
  return sideOf(p, t);
}

fn slopeOfTarget(p: Lane, t: Lane) -> Lane {
  return sideOf(t, p);
}

// The Huber loss of each element: squared near 0, linear from delta on.
//
//   e = |p − t|
//   loss = e² / 2 where e ≤ delta, else delta · (e − delta / 2)
//   dp = dy · ((p − t) limited to −delta … delta); dt = −dp
//
// Reference: src/runtime/reference/losses.ts

#import pointwise
#import nan

fn lossOf(p: Lane, t: Lane) -> Lane {
  let size = abs(p - t);
  let held = min(size, Lane(params.delta));
  return keepNan(held * (size - 0.5 * held), size);
}

fn slopeOfPrediction(p: Lane, t: Lane) -> Lane {
  let difference = p - t;
  return keepNan(clamp(difference, Lane(-params.delta), Lane(params.delta)), difference);
}

fn slopeOfTarget(p: Lane, t: Lane) -> Lane {
  return slopeOfPrediction(t, p);
}

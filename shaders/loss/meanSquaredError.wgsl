// The squared error of each element.
//
//   loss = (p − t)²
//   dp = 2 (p − t) · dy, dt = −dp
//
// Reference: src/runtime/reference/losses.ts

#import pointwise

fn lossOf(p: Lane, t: Lane) -> Lane {
  let difference = p - t;
  return difference * difference;
}

fn slopeOfPrediction(p: Lane, t: Lane) -> Lane {
  return 2.0 * (p - t);
}

fn slopeOfTarget(p: Lane, t: Lane) -> Lane {
  return 2.0 * (t - p);
}

// The labels of softmax's cross-entropy: the weight of each class of a row.
//
//   target[row,c] = (p[row,c] · keep + share) · classWeights[c]
//
// p is a probability. If labels are class numbers, p is 1 for the class of the label, else 0. With labelSmoothing s,
// keep = 1 − s and share = s / C. If the first factor is 0, the target is 0 for every weight, even NaN.
//
// A shader that imports this declares `labels`, [rows] of f32, or [rows, lanes] of Lane with PROBABILITIES; with WEIGHTED
// `classWeights`, [lanes] of Lane; with WEIGHTED_MEAN `divisor`, [] of f32; and in Params keep, share and scale.

#import softmax

override PROBABILITIES: bool = false;
override WEIGHTED: bool = false;
// Whether the sum over the rows is divided by the weights of their classes.
override WEIGHTED_MEAN: bool = false;

// The targets of a lane of a row.
fn targetsAt(row: u32, first: u32, i: u32) -> Lane {
#if PROBABILITIES
  let probability = labels[i];
#else
  let probability = select(Lane(0.0), Lane(1.0), columnsOf(i - first) == Lane(labels[row]));
#endif
  let smoothed = probability * params.keep + params.share;
#if WEIGHTED
  return select(smoothed * classWeights[i - first], Lane(0.0), smoothed == Lane(0.0));
#else
  return smoothed;
#endif
}

// A row's loss, or its dy, divided by the divisor of the mean. The reciprocal of a large divisor is subnormal, and adapters
// may flush it to zero. So both are divided by 4 there.
fn shareOfRow(value: f32) -> f32 {
#if WEIGHTED_MEAN
  let part = select(1.0, 0.25, abs(divisor[0]) > 0x1p126);
  return (value * part) / (divisor[0] * part);
#else
  return value * params.scale;
#endif
}

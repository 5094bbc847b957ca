// The labels of softmax's cross-entropy: the weight of each class of a row.
//
//   target[row,c] = (p[row,c] · keep + share) · classWeights[c]
//
// p is a probability. If labels are class numbers, p is 1 for the class of the label, else 0. With labelSmoothing s,
// keep = 1 − s and share = s / C.
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
  return smoothed * classWeights[i - first];
#else
  return smoothed;
#endif
}

// The factor of the loss of each row.
fn scaleOfRows() -> f32 {
#if WEIGHTED_MEAN
  return 1.0 / divisor[0];
#else
  return params.scale;
#endif
}

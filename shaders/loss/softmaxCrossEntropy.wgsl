// The cross-entropy of softmax, row by row. For the sum or the mean, another launch adds the rows.
//
// logits [rows, c]; labels [rows], class numbers, or [rows, c], PROBABILITIES; classWeights [c]; divisor a scalar; float32.
//
//   losses[row] = scale · Σ_j target[row,j] · (ln Σ_k exp(logits[row,k] − m) − (logits[row,j] − m))
//
// m is the row's largest logit. shaders/lib/targets.wgsl defines the targets and the scale. A target of 0 adds nothing,
// also if its logit is −∞. An invalid class number makes the row's loss NaN. One invocation owns a row.
// Reference: src/runtime/reference/softmaxCrossEntropy.ts

#import classes
#import grid
#import softmax
#import targets

const WORKGROUP_SIZE: u32 = 64;
override FOURS: bool = true;
// Whether the label's class is the only one whose target is not 0. With PROBABILITIES it changes nothing.
override ONE_CLASS: bool = true;

struct Params {
  invocations: u32,
  firstWorkgroup: u32,
  gridWidth: u32,
  c: u32,
  keep: f32,
  share: f32,
  // 1 / (number of all rows) for a mean, else 1.
  scale: f32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> logits: array<Lane>;           // [rows, c]
#if PROBABILITIES
@group(0) @binding(2) var<storage, read> labels: array<Lane>;           // [rows, c]
#else
@group(0) @binding(2) var<storage, read> labels: array<f32>;            // [rows]
#endif
@group(0) @binding(3) var<storage, read_write> losses: array<f32>;      // [rows]
#if WEIGHTED
@group(0) @binding(4) var<storage, read> classWeights: array<Lane>;     // [c]
#endif
#if WEIGHTED_MEAN
@group(0) @binding(5) var<storage, read> divisor: array<f32>;           // []
#endif

// The loss by all targets of the row.
fn lossOfTargets(index: u32, row: Row, logOfSum: f32) -> f32 {
  var terms = Lane(0.0);
  for (var i = row.first; i < row.end; i++) {
    let probability = targetsAt(index, row.first, i);
    let term = probability * (logOfSum - (logits[i] - row.largest));
    terms += select(term, Lane(0.0), probability == Lane(0.0));
  }
  return sumOfLanes(terms);
}

fn lossOf(index: u32) -> f32 {
  let row = readRow(index, params.c / LANES);
  let logOfSum = logarithm(row.sum);
#if PROBABILITIES
  let known = true;
  let loss = lossOfTargets(index, row, logOfSum);
#else
  let known = isClass(labels[index], params.c);
#if ONE_CLASS
  let wanted = select(0u, u32(labels[index]), known);
  var loss = logOfSum - (laneAt(logits[row.first + wanted / LANES], wanted % LANES) - row.largest);
#if WEIGHTED
  let weight = laneAt(classWeights[wanted / LANES], wanted % LANES);
  loss = select(loss * weight, 0.0, weight == 0.0);
#endif
#else
  let loss = lossOfTargets(index, row, logOfSum);
#endif
#endif
  // A row that is NaN stays NaN, even if all its targets are 0.
  return valueUnlessUnknown(select(loss, row.sum, isNanOfRow(row.sum)), known);
}

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(invocation: Invocation) {
  let row = linearIndex(invocation, params.firstWorkgroup, params.gridWidth, WORKGROUP_SIZE);
  if (row >= params.invocations) {
    return;
  }
  losses[row] = shareOfRow(lossOf(row));
}

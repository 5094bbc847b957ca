// The cross-entropy of softmax, row by row, or summed over a slice of the rows; sumSlices adds the slices in order.
//
// logits [rows, c]; labels [rows], class numbers, or [rows, c], PROBABILITIES; float32.
//
//   loss[row] = Σ_j p[row,j] · (ln Σ_k exp(logits[row,k] − m) − (logits[row,j] − m))   where m is the row's largest
//
// A class number stands for the probability 1 of that class. An invalid class number makes the row's loss NaN. A class of
// probability 0 adds nothing, also if its logit is −∞.
// One invocation owns a slice, and adds its rows in order.
// Reference: src/runtime/reference/softmaxCrossEntropy.ts

#import classes
#import grid
#import softmax

const WORKGROUP_SIZE: u32 = 64;
override FOURS: bool = true;
override PROBABILITIES: bool = false;
// Whether earlier chunks of the batch have written partial sums, for this dispatch to add to.
override ADD: bool = false;

struct Params {
  invocations: u32,
  firstWorkgroup: u32,
  gridWidth: u32,
  rows: u32,
  c: u32,
  rowsPerSlice: u32,
  // One over the number of all rows where the mean is wanted, else 1.
  scale: f32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> logits: array<Lane>;           // [rows, c]
#if PROBABILITIES
@group(0) @binding(2) var<storage, read> labels: array<Lane>;           // [rows, c]
#else
@group(0) @binding(2) var<storage, read> labels: array<f32>;            // [rows]
#endif
@group(0) @binding(3) var<storage, read_write> partial: array<f32>;     // [slice]

fn lossOf(index: u32) -> f32 {
  let row = readRow(index, params.c / LANES);
  let logOfSum = logarithm(row.sum);
#if PROBABILITIES
  var loss = Lane(0.0);
  for (var i = row.first; i < row.end; i++) {
    let label = labels[i];
    let term = label * (logOfSum - (logits[i] - row.largest));
    loss += select(term, Lane(0.0), label == Lane(0.0));
  }
  // A row that is NaN stays NaN, even if all its labels are 0.
  return select(sumOfLanes(loss), row.sum, isNanOfRow(row.sum));
#else
  let label = labels[index];
  let known = isClass(label, params.c);
  let wanted = select(0u, u32(label), known);
  let logit = laneAt(logits[row.first + wanted / LANES], wanted % LANES);
  return valueUnlessUnknown(logOfSum - (logit - row.largest), known);
#endif
}

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(invocation: Invocation) {
  let slice = linearIndex(invocation, params.firstWorkgroup, params.gridWidth, WORKGROUP_SIZE);
  if (slice >= params.invocations) {
    return;
  }
  let first = slice * params.rowsPerSlice;
  let end = min(first + params.rowsPerSlice, params.rows);
  var sum = 0.0;
  for (var row = first; row < end; row++) {
    sum += lossOf(row);
  }
  sum *= params.scale;
  if (ADD) {
    sum += partial[slice];
  }
  partial[slice] = sum;
}

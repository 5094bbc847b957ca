// The gradient of softmax's cross-entropy with respect to the logits.
//
// logits, dlogits [rows, c]; labels [rows], class numbers, or [rows, c], PROBABILITIES; dy [rows], or a scalar for all;
// float32.
//
//   dlogits[row,c] = (softmax(logits)[row,c] · Σ_j p[row,j] − p[row,c]) · dy · scale
//
// A class number stands for the probability 1 of that class. An invalid class number makes the row NaN. One invocation
// owns a row.
// Reference: src/runtime/reference/softmaxCrossEntropyBackward.ts

#import classes
#import grid
#import softmax

const WORKGROUP_SIZE: u32 = 64;
override FOURS: bool = true;
override PROBABILITIES: bool = false;
// Whether each row has a dy of its own.
override PER_ROW: bool = false;

struct Params {
  invocations: u32,
  firstWorkgroup: u32,
  gridWidth: u32,
  c: u32,
  // One over the number of all rows where the forward gave the mean, else 1.
  scale: f32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> logits: array<Lane>;           // [rows, c]
#if PROBABILITIES
@group(0) @binding(2) var<storage, read> labels: array<Lane>;           // [rows, c]
#else
@group(0) @binding(2) var<storage, read> labels: array<f32>;            // [rows]
#endif
@group(0) @binding(3) var<storage, read> dy: array<f32>;                // [rows] or []
@group(0) @binding(4) var<storage, read_write> dlogits: array<Lane>;    // [rows, c]

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(invocation: Invocation) {
  let index = linearIndex(invocation, params.firstWorkgroup, params.gridWidth, WORKGROUP_SIZE);
  if (index >= params.invocations) {
    return;
  }
  let row = readRow(index, params.c / LANES);
  let slope = dy[select(0u, index, PER_ROW)] * params.scale;
#if PROBABILITIES
  var total = Lane(0.0);
  for (var i = row.first; i < row.end; i++) {
    total += labels[i];
  }
  let weight = sumOfLanes(total) / row.sum;
#else
  let label = labels[index];
  let weight = valueUnlessUnknown(1.0 / row.sum, isClass(label, params.c));
#endif
  for (var i = row.first; i < row.end; i++) {
#if PROBABILITIES
    let probability = labels[i];
#else
    let probability = select(Lane(0.0), Lane(1.0), columnsOf(i - row.first) == Lane(label));
#endif
    dlogits[i] = (exponential(logits[i] - row.largest) * weight - probability) * slope;
  }
}

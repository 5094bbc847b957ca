// The gradient of softmax's cross-entropy with respect to the logits.
//
// logits, dlogits [rows, c]; labels [rows], class numbers, or [rows, c], PROBABILITIES; dy [rows], or a scalar for all;
// classWeights [c]; divisor a scalar; float32.
//
//   dlogits[row,c] = (softmax(logits)[row,c] · Σ_j target[row,j] − target[row,c]) · dy · scale
//
// shaders/lib/targets.wgsl defines the targets and the scale. An invalid class number makes the row NaN. One invocation
// owns a row.
// Reference: src/runtime/reference/softmaxCrossEntropyBackward.ts

#import classes
#import grid
#import softmax
#import targets

const WORKGROUP_SIZE: u32 = 64;
override FOURS: bool = true;
// Whether each row has a dy of its own.
override PER_ROW: bool = false;

struct Params {
  invocations: u32,
  firstWorkgroup: u32,
  gridWidth: u32,
  c: u32,
  keep: f32,
  share: f32,
  // 1 / (number of all rows) if the forward gave the mean, else 1.
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
#if WEIGHTED
@group(0) @binding(5) var<storage, read> classWeights: array<Lane>;     // [c]
#endif
#if WEIGHTED_MEAN
@group(0) @binding(6) var<storage, read> divisor: array<f32>;           // []
#endif

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(invocation: Invocation) {
  let index = linearIndex(invocation, params.firstWorkgroup, params.gridWidth, WORKGROUP_SIZE);
  if (index >= params.invocations) {
    return;
  }
  let row = readRow(index, params.c / LANES);
  let slope = shareOfRow(dy[select(0u, index, PER_ROW)]);
  var targets = Lane(0.0);
  for (var i = row.first; i < row.end; i++) {
    targets += targetsAt(index, row.first, i);
  }
  var weight = sumOfLanes(targets) / row.sum;
#if PROBABILITIES
#else
  weight = valueUnlessUnknown(weight, isClass(labels[index], params.c));
#endif
  for (var i = row.first; i < row.end; i++) {
    let probability = targetsAt(index, row.first, i);
    dlogits[i] = (exponential(logits[i] - row.largest) * weight - probability) * slope;
  }
}

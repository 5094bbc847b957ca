// Batch normalization: shifts and scales each channel by its mean and variance.
//
// x, y [rows, c]; mean, variance, scale, bias [c]; float32.
//
//   y[row,c] = (x[row,c] − mean[c]) · scale[c] / √(variance[c] + epsilon) + bias[c]
//
// One invocation owns LANES neighbouring channels of every strips-th row. So it computes the statistics of these channels
// once.
// Reference: src/runtime/reference/batchNormalization.ts

#import grid
#import lanes
#import channels

override WORKGROUP_SIZE: u32 = 64;
override FOURS: bool = true;
override HAS_SCALE: bool = true;
override HAS_BIAS: bool = true;
const HAS_DEVIATION: bool = false;

struct Params {
  invocations: u32,
  firstWorkgroup: u32,
  gridWidth: u32,
  rows: u32,
  c: u32,
  strips: u32,
  epsilon: f32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<Lane>;           // [rows, c]
@group(0) @binding(2) var<storage, read> mean: array<Lane>;        // [c]
@group(0) @binding(3) var<storage, read> variance: array<Lane>;    // [c]
@group(0) @binding(4) var<storage, read> scale: array<Lane>;       // [c]; not read if HAS_SCALE is false
@group(0) @binding(5) var<storage, read> bias: array<Lane>;        // [c]; not read if HAS_BIAS is false
@group(0) @binding(6) var<storage, read_write> y: array<Lane>;     // [rows, c]

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(invocation: Invocation) {
  let index = linearIndex(invocation, params.firstWorkgroup, params.gridWidth, WORKGROUP_SIZE);
  if (index >= params.invocations) {
    return;
  }
  let lanes = params.c / LANES;
  let c = index % lanes;
  let own = statisticsOf(mean[c], variance[c], params.epsilon);
  var gain = Lane(1.0);
  if (HAS_SCALE) {
    gain = scale[c];
  }
  var offset = Lane(0.0);
  if (HAS_BIAS) {
    offset = bias[c];
  }
  for (var row = index / lanes; row < params.rows; row += params.strips) {
    let i = row * lanes + c;
    y[i] = normalized(x[i], own) * gain + offset;
  }
}

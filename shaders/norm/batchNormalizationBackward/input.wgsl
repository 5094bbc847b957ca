// The gradient of batch normalization with respect to its input, for a given mean and variance.
//
// dy, dx [rows, c]; variance, scale [c]; float32.
//
//   dx[row,c] = dy[row,c] · scale[c] / √(variance[c] + epsilon)
//
// One invocation owns LANES neighbouring channels of every strips-th row. So it computes the root of these channels
// once.
// Reference: src/runtime/reference/batchNormalizationBackward.ts

#import grid
#import lanes
#import channels

override WORKGROUP_SIZE: u32 = 64;
override FOURS: bool = true;
override HAS_SCALE: bool = true;
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
@group(0) @binding(1) var<storage, read> dy: array<Lane>;          // [rows, c]
@group(0) @binding(2) var<storage, read> variance: array<Lane>;    // [c]
@group(0) @binding(3) var<storage, read> scale: array<Lane>;       // [c]; not read if HAS_SCALE is false
@group(0) @binding(4) var<storage, read_write> dx: array<Lane>;    // [rows, c]

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(invocation: Invocation) {
  let index = linearIndex(invocation, params.firstWorkgroup, params.gridWidth, WORKGROUP_SIZE);
  if (index >= params.invocations) {
    return;
  }
  let lanes = params.c / LANES;
  let c = index % lanes;
  var factor = rootOf(variance[c], params.epsilon);
  if (HAS_SCALE) {
    factor *= scale[c];
  }
  for (var row = index / lanes; row < params.rows; row += params.strips) {
    let i = row * lanes + c;
    dx[i] = dy[i] * factor;
  }
}

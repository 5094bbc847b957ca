// The gradient of logSoftmax, from its output.
//
// y, dy, dx [rows, c]; float32.
//
//   dx[row,c] = dy[row,c] − exp(y[row,c]) · Σ_j dy[row,j]
//
// One invocation owns a row.
// Reference: src/runtime/reference/logSoftmaxBackward.ts

#import grid
#import lanes
#import nan

const WORKGROUP_SIZE: u32 = 64;
override FOURS: bool = true;

struct Params {
  invocations: u32,
  firstWorkgroup: u32,
  gridWidth: u32,
  c: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> y: array<Lane>;           // [rows, c]
@group(0) @binding(2) var<storage, read> dy: array<Lane>;          // [rows, c]
@group(0) @binding(3) var<storage, read_write> dx: array<Lane>;    // [rows, c]

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(invocation: Invocation) {
  let index = linearIndex(invocation, params.firstWorkgroup, params.gridWidth, WORKGROUP_SIZE);
  if (index >= params.invocations) {
    return;
  }
  let lanes = params.c / LANES;
  let first = index * lanes;
  let end = first + lanes;
  var sums = Lane(0.0);
  for (var i = first; i < end; i++) {
    sums += dy[i];
  }
#if FOURS
  let sum = (sums.x + sums.y) + (sums.z + sums.w);
#else
  let sum = sums;
#endif
  for (var i = first; i < end; i++) {
    // WGSL promises little accuracy of exp far below 0, where the float32 result is 0.
    let probability = select(exp(y[i]), Lane(0.0), y[i] < Lane(-104.0));
    dx[i] = dy[i] - keepNan(probability, y[i]) * sum;
  }
}

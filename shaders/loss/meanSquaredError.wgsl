// The mean squared error, one slice of its long sum; sumSlices adds the slices in order.
//
// predictions, targets of one shape, flat; float32.
//
//   partial[slice] = scale · Σ_{i in slice} (predictions[i] − targets[i])²
//
// One invocation owns a slice. Neighbouring slices take neighbouring tiles of LANES elements: loads coalesce.
// Reference: src/runtime/reference/meanSquaredError.ts

#import grid
#import lanes

const WORKGROUP_SIZE: u32 = 64;
override FOURS: bool = true;
// Whether earlier chunks have written partial sums, for this dispatch to add to.
override ADD: bool = false;

struct Params {
  invocations: u32,
  firstWorkgroup: u32,
  gridWidth: u32,
  tiles: u32,
  slices: u32,
  // One over the number of all elements.
  scale: f32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> predictions: array<Lane>;      // [tiles]
@group(0) @binding(2) var<storage, read> targets: array<Lane>;          // [tiles]
@group(0) @binding(3) var<storage, read_write> partial: array<f32>;     // [slice]

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(invocation: Invocation) {
  let slice = linearIndex(invocation, params.firstWorkgroup, params.gridWidth, WORKGROUP_SIZE);
  if (slice >= params.invocations) {
    return;
  }
  var sums = Lane(0.0);
  for (var tile = slice; tile < params.tiles; tile += params.slices) {
    let difference = predictions[tile] - targets[tile];
    sums += difference * difference;
  }
#if FOURS
  var sum = (sums.x + sums.y) + (sums.z + sums.w);
#else
  var sum = sums;
#endif
  sum *= params.scale;
  if (ADD) {
    sum += partial[slice];
  }
  partial[slice] = sum;
}

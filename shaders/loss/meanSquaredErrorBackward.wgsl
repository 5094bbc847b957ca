// The gradient of the mean squared error with respect to predictions and targets.
//
// predictions, targets, dpredictions, dtargets of one shape, flat; dy a scalar; float32.
//
//   dpredictions[i] = (predictions[i] − targets[i]) · dy · scale,   dtargets = −dpredictions
//
// One invocation owns tilesOfInvocation neighbouring tiles of LANES elements.
// Reference: src/runtime/reference/meanSquaredErrorBackward.ts

#import grid
#import lanes

const WORKGROUP_SIZE: u32 = 64;
override FOURS: bool = true;

struct Params {
  invocations: u32,
  firstWorkgroup: u32,
  gridWidth: u32,
  tiles: u32,
  tilesOfInvocation: u32,
  // Two over the number of all elements.
  scale: f32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> predictions: array<Lane>;            // [tiles]
@group(0) @binding(2) var<storage, read> targets: array<Lane>;                // [tiles]
@group(0) @binding(3) var<storage, read> dy: array<f32>;                      // []
@group(0) @binding(4) var<storage, read_write> dpredictions: array<Lane>;     // [tiles]
@group(0) @binding(5) var<storage, read_write> dtargets: array<Lane>;         // [tiles]

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(invocation: Invocation) {
  let index = linearIndex(invocation, params.firstWorkgroup, params.gridWidth, WORKGROUP_SIZE);
  if (index >= params.invocations) {
    return;
  }
  let slope = dy[0] * params.scale;
  let first = index * params.tilesOfInvocation;
  let end = min(first + params.tilesOfInvocation, params.tiles);
  for (var tile = first; tile < end; tile++) {
    let gradient = (predictions[tile] - targets[tile]) * slope;
    dpredictions[tile] = gradient;
    dtargets[tile] = -gradient;
  }
}

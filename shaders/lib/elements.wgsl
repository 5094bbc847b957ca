// Kernels that compute each element of the output from the elements at the same index of the inputs.
//
// One invocation handles a strip of neighbouring elements, in lanes, TILE_E lanes at a time. The plan chooses the
// length of a strip: long for a software adapter, one lane for a GPU, whose loads then coalesce. If the last tile
// overhangs the strip, it computes the last lane again, because a branch would cost more.
//
// A shader that imports this declares the bindings after params, and `fn element(i: u32)`, which writes the i-th lane
// of the output.

#import grid
#import lanes

const WORKGROUP_SIZE: u32 = 64;
override FOURS: bool = true;
override TILE_E: u32 = 4;

struct Params {
  invocations: u32,
  firstWorkgroup: u32,
  gridWidth: u32,
  // In lanes.
  elements: u32,
  elementsOfStrip: u32,
  // The numbers of an operator that has options. The others ignore them.
  alpha: f32,
  beta: f32,
  min: f32,
  max: f32,
}

@group(0) @binding(0) var<uniform> params: Params;

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(invocation: Invocation) {
  let index = linearIndex(invocation, params.firstWorkgroup, params.gridWidth, WORKGROUP_SIZE);
  if (index >= params.invocations) {
    return;
  }
  let first = index * params.elementsOfStrip;
  let end = min(first + params.elementsOfStrip, params.elements);
  for (var i = first; i < end; i += TILE_E) {
    #unroll
    for (var e = 0u; e < TILE_E; e++) {
      element(min(i + e, end - 1u));
    }
  }
}

// Cuts a part out of a tensor of up to four axes.
//
// x [·, xExtent1, xExtent2, xExtent3], y [·, extent1, extent2, extent3]; float32. The last axis in elements.
//
//   y[i0,i1,i2,i3] = x[start0 + i0, start1 + i1, start2 + i2, start3 + i3]
//
// One invocation copies a strip of tiles of TILE neighbouring lanes. A lane is four elements if both extents of the
// last axis and its start are multiples of 4.
// Reference: src/runtime/reference/slice.ts

#import cut
#import grid
#import lanes
#import strips

const WORKGROUP_SIZE: u32 = 64;
override FOURS: bool = true;
override TILE: u32 = 4;

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<Lane>;          // [·, xExtent1, xExtent2, xExtent3]
@group(0) @binding(2) var<storage, read_write> y: array<Lane>;    // [·, extent1, extent2, extent3]

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(invocation: Invocation) {
  let index = linearIndex(invocation, params.firstWorkgroup, params.gridWidth, WORKGROUP_SIZE);
  if (index >= params.invocations) {
    return;
  }
  // A row lies along the last axis. strip.row is i2, and strip.n counts i0 and i1.
  let strip = stripAt(index, params.extent2, params.tilesOfRow, params.tilesOfStrip, 1u);
  let i0 = strip.n / params.extent1;
  let i1 = strip.n - i0 * params.extent1;
  let row = ((params.start0 + i0) * params.xExtent1 + params.start1 + i1) * params.xExtent2 + params.start2 + strip.row;
  let input = (row * params.xExtent3 + params.start3) / LANES;
  let length = params.extent3 / LANES;
  let output = (strip.n * params.extent2 + strip.row) * length;
  for (var tile = strip.first; tile < strip.end; tile++) {
    #unroll
    for (var i = 0u; i < TILE; i++) {
      let at = tile * TILE + i;
      if (at < length) {
        y[output + at] = x[input + at];
      }
    }
  }
}

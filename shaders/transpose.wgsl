// Transposition of up to four axes: the output is the input with its axes in another order.
//
// x, y of any layout; float32.
//
//   y[i0,i1,i2,i3] = x[i0·stride0 + i1·stride1 + i2·stride2 + i3·stride3]
//
// One invocation computes a strip of tiles, each TILE elements that are neighbours in y. Stores coalesce; loads do where the last axis stays the
// last.
// CPU twin: src/cpu/transpose.ts

#import grid
#import strips

const WORKGROUP_SIZE: u32 = 64;
const TILE: u32 = 4;

struct Params {
  invocations: u32,
  firstWorkgroup: u32,
  gridWidth: u32,
  // The output's extents but for the outermost.
  extent1: u32,
  extent2: u32,
  extent3: u32,
  // The step in x for one along each axis of y.
  stride0: u32,
  stride1: u32,
  stride2: u32,
  stride3: u32,
  tilesOfRow: u32,
  tilesOfStrip: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(invocation: Invocation) {
  let index = linearIndex(invocation, params.firstWorkgroup, params.gridWidth, WORKGROUP_SIZE);
  if (index >= params.invocations) {
    return;
  }
  // Rows along the last axis, of which i2 tells within the others.
  let strip = stripAt(index, params.extent2, params.tilesOfRow, params.tilesOfStrip, 1u);
  let i0 = strip.n / params.extent1;
  let i1 = strip.n - i0 * params.extent1;
  let input = i0 * params.stride0 + i1 * params.stride1 + strip.row * params.stride2;
  let output = (strip.n * params.extent2 + strip.row) * params.extent3;
  for (var tile = strip.first; tile < strip.end; tile++) {
    #unroll
    for (var i = 0u; i < TILE; i++) {
      let i3 = tile * TILE + i;
      if (i3 < params.extent3) {
        y[output + i3] = x[input + i3 * params.stride3];
      }
    }
  }
}

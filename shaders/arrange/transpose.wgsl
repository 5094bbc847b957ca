// Transposition of up to four axes: the output is the input with its axes in another order.
//
// x, y of any layout; float32.
//
//   y[i0·yStride0 + i1·yStride1 + i2·yStride2 + i3] = x[i0·stride0 + i1·stride1 + i2·stride2 + i3·stride3]
//
// By strips: for a software adapter, and if the last axis of x stays the last or one of the two axes is short. One
// invocation computes a strip of tiles of TILE elements that are neighbours in y.
// TILED: for a GPU, if i2 is the last axis of x, so stride2 is 1. A workgroup moves 32 × 32 elements through its
// memory, 8 rows at a time. It loads along i2 and stores along i3, so both coalesce. Elements outside the tensor are
// not stored.
// Reference: src/runtime/reference/transpose.ts

#import grid
#import strips

override WORKGROUP_SIZE: u32 = 64;
override TILED: bool = false;
override TILE: u32 = 4;

struct Params {
  invocations: u32,
  firstWorkgroup: u32,
  gridWidth: u32,
  // The output's extents without the outermost.
  extent1: u32,
  extent2: u32,
  extent3: u32,
  // How many elements of x one step along each axis of y takes.
  stride0: u32,
  stride1: u32,
  stride2: u32,
  stride3: u32,
  // The step in y.
  yStride0: u32,
  yStride1: u32,
  yStride2: u32,
  tilesOfRow: u32,
  tilesOfStrip: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;

#if TILED
// Of a row of the tile: odd, so that a column's elements lie in different banks.
const PITCH = 33u;

var<workgroup> moved: array<f32, 32 * PITCH>;    // [i3, i2]

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(@builtin(workgroup_id) id: vec3<u32>, @builtin(local_invocation_index) local: u32) {
  var workgroup = linearWorkgroup(id, params.firstWorkgroup, params.gridWidth);
  if (workgroup * WORKGROUP_SIZE >= params.invocations) {
    return;
  }
  let tiles2 = ceilDivide(params.extent2, 32u);
  let tiles3 = ceilDivide(params.extent3, 32u);
  let first3 = workgroup % tiles3 * 32u;
  workgroup /= tiles3;
  let first2 = workgroup % tiles2 * 32u;
  workgroup /= tiles2;
  let i0 = workgroup / params.extent1;
  let i1 = workgroup - i0 * params.extent1;
  let across = local % 32u;
  #unroll
  for (var i = 0u; i < 4; i++) {
    let down = i * 8u + local / 32u;
    moved[down * PITCH + across] = x[i0 * params.stride0 + i1 * params.stride1 + first2 + across + (first3 + down) * params.stride3];
  }
  workgroupBarrier();
  #unroll
  for (var i = 0u; i < 4; i++) {
    let down = i * 8u + local / 32u;
    let i2 = first2 + down;
    let i3 = first3 + across;
    if ((i2 < params.extent2) & (i3 < params.extent3)) {
      y[i0 * params.yStride0 + i1 * params.yStride1 + i2 * params.yStride2 + i3] = moved[across * PITCH + down];
    }
  }
}
#else
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
  let input = i0 * params.stride0 + i1 * params.stride1 + strip.row * params.stride2;
  let output = i0 * params.yStride0 + i1 * params.yStride1 + strip.row * params.yStride2;
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
#endif

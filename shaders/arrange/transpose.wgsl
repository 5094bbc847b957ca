// Transposition of up to six axes: the output is the input with its axes in another order.
//
// x, y of any layout; float32.
//
//   y[i0·yStride0 + i1·yStride1 + … + i4·yStride4 + i5] = x[i0·stride0 + i1·stride1 + … + i4·stride4 + i5·stride5]
//
// By strips: for a software adapter. On a GPU, if the last axis of x stays the last, or if one of the two axes is
// short. One invocation computes a strip of tiles of TILE elements that are neighbours in y.
// TILED: for a GPU, if i4 is the last axis of x, so stride4 is 1. A workgroup moves 32 × 32 elements through its
// memory, 8 rows at a time. It loads along i4 and stores along i5, so both coalesce. Elements outside the tensor are
// not stored.
// Reference: src/runtime/reference/transpose.ts

#import grid
#import strips

override WORKGROUP_SIZE: u32 = 64;
override TILED: bool = false;
override TILE: u32 = 4;
// Whether there are more than four axes. If not, i0 and i1 are 0.
override MANY_AXES: bool = false;

struct Params {
  invocations: u32,
  firstWorkgroup: u32,
  gridWidth: u32,
  // The output's extents without the outermost.
  extent1: u32,
  extent2: u32,
  extent3: u32,
  extent4: u32,
  extent5: u32,
  // The strides of the axes of y in x, in elements.
  stride0: u32,
  stride1: u32,
  stride2: u32,
  stride3: u32,
  stride4: u32,
  stride5: u32,
  // The strides in y.
  yStride0: u32,
  yStride1: u32,
  yStride2: u32,
  yStride3: u32,
  yStride4: u32,
  tilesOfRow: u32,
  tilesOfStrip: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;

// The positions in x and in y for an index of all axes except the last two.
fn placeOf(index: u32) -> vec2<u32> {
  var rest = index;
  var place = takeDigit(&rest, params.extent3) * vec2<u32>(params.stride3, params.yStride3);
#if MANY_AXES
  place += takeDigit(&rest, params.extent2) * vec2<u32>(params.stride2, params.yStride2);
  place += takeDigit(&rest, params.extent1) * vec2<u32>(params.stride1, params.yStride1);
  return place + rest * vec2<u32>(params.stride0, params.yStride0);
#else
  return place + rest * vec2<u32>(params.stride2, params.yStride2);
#endif
}

#if TILED
// Of a row of the tile: odd, so that a column's elements lie in different banks.
const PITCH = 33u;

var<workgroup> moved: array<f32, 32 * PITCH>;    // [i5, i4]

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(@builtin(workgroup_id) id: vec3<u32>, @builtin(local_invocation_index) local: u32) {
  var workgroup = linearWorkgroup(id, params.firstWorkgroup, params.gridWidth);
  if (workgroup * WORKGROUP_SIZE >= params.invocations) {
    return;
  }
  let tiles4 = ceilDivide(params.extent4, 32u);
  let tiles5 = ceilDivide(params.extent5, 32u);
  let first5 = takeDigit(&workgroup, tiles5) * 32u;
  let first4 = takeDigit(&workgroup, tiles4) * 32u;
  let place = placeOf(workgroup);
  let across = local % 32u;
  #unroll
  for (var i = 0u; i < 4; i++) {
    let down = i * 8u + local / 32u;
    moved[down * PITCH + across] = x[place.x + first4 + across + (first5 + down) * params.stride5];
  }
  workgroupBarrier();
  #unroll
  for (var i = 0u; i < 4; i++) {
    let down = i * 8u + local / 32u;
    let i4 = first4 + down;
    let i5 = first5 + across;
    if ((i4 < params.extent4) & (i5 < params.extent5)) {
      y[place.y + i4 * params.yStride4 + i5] = moved[across * PITCH + down];
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
  // A row lies along the last axis. strip.row is i4, and strip.n counts the axes before it.
  let strip = stripAt(index, params.extent4, params.tilesOfRow, params.tilesOfStrip, 1u);
  let place = placeOf(strip.n);
  let input = place.x + strip.row * params.stride4;
  let output = place.y + strip.row * params.yStride4;
  for (var tile = strip.first; tile < strip.end; tile++) {
    #unroll
    for (var i = 0u; i < TILE; i++) {
      let i5 = tile * TILE + i;
      if (i5 < params.extent5) {
        y[output + i5] = x[input + i5 * params.stride5];
      }
    }
  }
}
#endif

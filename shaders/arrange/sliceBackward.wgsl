// The gradient of a slice: dy where the part was cut out, zero elsewhere.
//
// dy [extent0, extent1, extent2, extent3], dx [·, xExtent1, xExtent2, xExtent3]; float32. The last axis in elements.
//
//   dx[start0 + i0, start1 + i1, start2 + i2, start3 + i3] = dy[i0,i1,i2,i3], and 0 where there is no such element
//
// One invocation writes a strip of tiles of TILE neighbouring lanes of dx. A lane is four elements if both extents of
// the last axis and its start are multiples of 4.
// Reference: src/runtime/reference/sliceBackward.ts

#import cut
#import grid
#import lanes
#import strips

const WORKGROUP_SIZE: u32 = 64;
override FOURS: bool = true;
override TILE: u32 = 4;

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> dy: array<Lane>;         // [extent0, extent1, extent2, extent3]
@group(0) @binding(2) var<storage, read_write> dx: array<Lane>;   // [·, xExtent1, xExtent2, xExtent3]

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(invocation: Invocation) {
  let index = linearIndex(invocation, params.firstWorkgroup, params.gridWidth, WORKGROUP_SIZE);
  if (index >= params.invocations) {
    return;
  }
  // A row lies along the last axis. A position before the part wraps round to a large number, which is beyond its end.
  let strip = stripAt(index, params.xExtent2, params.tilesOfRow, params.tilesOfStrip, 1u);
  let outermost = strip.n / params.xExtent1;
  let i0 = outermost - params.start0;
  let i1 = strip.n - outermost * params.xExtent1 - params.start1;
  let i2 = strip.row - params.start2;
  let rowInside = (i0 < params.extent0) & (i1 < params.extent1) & (i2 < params.extent2);
  let start = params.start3 / LANES;
  let end = select(0u, params.extent3 / LANES, rowInside);
  let input = ((i0 * params.extent1 + i1) * params.extent2 + i2) * (params.extent3 / LANES);
  let length = params.xExtent3 / LANES;
  let output = (strip.n * params.xExtent2 + strip.row) * length;
  for (var tile = strip.first; tile < strip.end; tile++) {
    #unroll
    for (var i = 0u; i < TILE; i++) {
      let at = tile * TILE + i;
      if (at < length) {
        dx[output + at] = select(Lane(0.0), dy[input + at - start], at - start < end);
      }
    }
  }
}

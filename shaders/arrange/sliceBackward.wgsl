// The gradient of a slice: dy in the place of the slice, zeros elsewhere.
//
// dy [extent0, …, extent5], dx [·, xExtent1, …, xExtent5]; float32. The last axis in elements.
//
//   dx[start0 + i0, start1 + i1, …, start5 + i5] = dy[i0,i1,…,i5], and 0 where there is no such element
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
// Whether there are more than four axes; see #import cut.
override MANY_AXES: bool = false;

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> dy: array<Lane>;         // [extent0, …, extent5]
@group(0) @binding(2) var<storage, read_write> dx: array<Lane>;   // [·, xExtent1, …, xExtent5]

// The position in dy, its axes before the last two joined, and whether it lies in the slice.
struct Outer {
  row: u32,
  inside: bool,
}

// Finds the position for an index of dx's axes before the last two. A position before the slice wraps round to a large
// number, which is beyond the end of the slice.
fn outerOf(index: u32) -> Outer {
  var rest = index;
  let i3 = takeDigit(&rest, params.xExtent3) - params.start3;
#if MANY_AXES
  let i2 = takeDigit(&rest, params.xExtent2) - params.start2;
  let i1 = takeDigit(&rest, params.xExtent1) - params.start1;
  let i0 = rest - params.start0;
  let row = ((i0 * params.extent1 + i1) * params.extent2 + i2) * params.extent3 + i3;
  let inside = (i0 < params.extent0) & (i1 < params.extent1) & (i2 < params.extent2) & (i3 < params.extent3);
#else
  let i0 = rest - params.start0;
  let row = i0 * params.extent3 + i3;
  let inside = (i0 < params.extent0) & (i3 < params.extent3);
#endif
  return Outer(row, inside);
}

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(invocation: Invocation) {
  let index = linearIndex(invocation, params.firstWorkgroup, params.gridWidth, WORKGROUP_SIZE);
  if (index >= params.invocations) {
    return;
  }
  // A row lies along the last axis. strip.row is its index along axis 4, and strip.n counts the axes before it.
  let strip = stripAt(index, params.xExtent4, params.tilesOfRow, params.tilesOfStrip, 1u);
  let outer = outerOf(strip.n);
  let i4 = strip.row - params.start4;
  let start = params.start5 / LANES;
  let end = select(0u, params.extent5 / LANES, outer.inside & (i4 < params.extent4));
  let input = (outer.row * params.extent4 + i4) * (params.extent5 / LANES);
  let length = params.xExtent5 / LANES;
  let output = (strip.n * params.xExtent4 + strip.row) * length;
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

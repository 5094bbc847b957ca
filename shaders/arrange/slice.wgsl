// Copies a slice of a tensor of up to six axes.
//
// x [·, xExtent1, …, xExtent5], y [·, extent1, …, extent5]; float32. The last axis in elements.
//
//   y[i0,i1,…,i5] = x[start0 + i0, start1 + i1, …, start5 + i5]
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
// Whether there are more than four axes; see #import cut.
override MANY_AXES: bool = false;

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<Lane>;          // [·, xExtent1, …, xExtent5]
@group(0) @binding(2) var<storage, read_write> y: array<Lane>;    // [·, extent1, …, extent5]

// The row of x for an index of the part's axes before the last two.
fn outerRow(index: u32) -> u32 {
  var rest = index;
  let i3 = takeDigit(&rest, params.extent3) + params.start3;
#if MANY_AXES
  let i2 = takeDigit(&rest, params.extent2) + params.start2;
  let i1 = takeDigit(&rest, params.extent1) + params.start1;
  return (((rest + params.start0) * params.xExtent1 + i1) * params.xExtent2 + i2) * params.xExtent3 + i3;
#else
  return (rest + params.start0) * params.xExtent3 + i3;
#endif
}

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(invocation: Invocation) {
  let index = linearIndex(invocation, params.firstWorkgroup, params.gridWidth, WORKGROUP_SIZE);
  if (index >= params.invocations) {
    return;
  }
  // A row lies along the last axis. strip.row is i4, and strip.n counts the axes before it.
  let strip = stripAt(index, params.extent4, params.tilesOfRow, params.tilesOfStrip, 1u);
  let row = outerRow(strip.n) * params.xExtent4 + params.start4 + strip.row;
  let input = (row * params.xExtent5 + params.start5) / LANES;
  let length = params.extent5 / LANES;
  let output = (strip.n * params.extent4 + strip.row) * length;
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

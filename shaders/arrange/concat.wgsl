// One input of a concatenation: copies its rows to their place in the rows of the output.
//
// x [rows, xRow], y [rows, yRow] (the concatenated axis and all inner axes joined to one); float32. Lengths in
// elements.
//
//   y[row, offset + i] = x[row, i]
//
// One invocation copies a strip of tiles of TILE neighbouring lanes. A lane is four elements if all rows and the offset
// are multiples of 4.
// Reference: src/runtime/reference/concat.ts

#import grid
#import lanes
#import strips

const WORKGROUP_SIZE: u32 = 64;
override FOURS: bool = true;
override TILE: u32 = 4;

struct Params {
  invocations: u32,
  firstWorkgroup: u32,
  gridWidth: u32,
  xRow: u32,
  yRow: u32,
  offset: u32,
  tilesOfRow: u32,
  tilesOfStrip: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<Lane>;          // [rows, xRow]
@group(0) @binding(2) var<storage, read_write> y: array<Lane>;    // [rows, yRow]

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(invocation: Invocation) {
  let index = linearIndex(invocation, params.firstWorkgroup, params.gridWidth, WORKGROUP_SIZE);
  if (index >= params.invocations) {
    return;
  }
  let strip = stripAt(index, 1u, params.tilesOfRow, params.tilesOfStrip, 1u);
  let length = params.xRow / LANES;
  let input = strip.n * length;
  let output = (strip.n * params.yRow + params.offset) / LANES;
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

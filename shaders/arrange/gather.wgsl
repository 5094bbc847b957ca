// Gathers rows of a tensor by their indices.
//
// x [outer, rows, inner], indices [count], y [outer, count, inner]; float32. The inner axis in elements.
//
//   y[o,j,i] = x[o, indices[j], i]
//
// One invocation copies a strip of tiles of TILE neighbouring lanes. A lane is four elements if the inner axis comes in
// fours. If x does not fit one binding, each launch sees some of its rows, from firstRow on.
// Edges: a negative index counts from the end. An index that is out of range or not a whole number gives zeros.
// Reference: src/runtime/reference/gather.ts

#import grid
#import indices
#import lanes
#import strips

const WORKGROUP_SIZE: u32 = 64;
override FOURS: bool = true;
override TILE: u32 = 4;
// Whether an earlier launch has written y: the rows that it saw, and zeros for the others. This launch writes only its
// own rows.
override ADD: bool = false;

struct Params {
  invocations: u32,
  firstWorkgroup: u32,
  gridWidth: u32,
  // All rows of x, and the rows of this launch.
  rows: u32,
  firstRow: u32,
  rowsHere: u32,
  count: u32,
  inner: u32,
  tilesOfRow: u32,
  tilesOfStrip: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<Lane>;              // [outer, rowsHere, inner]
@group(0) @binding(2) var<storage, read> indices: array<f32>;         // [count]
@group(0) @binding(3) var<storage, read_write> y: array<Lane>;        // [outer, count, inner]

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(invocation: Invocation) {
  let index = linearIndex(invocation, params.firstWorkgroup, params.gridWidth, WORKGROUP_SIZE);
  if (index >= params.invocations) {
    return;
  }
  // strip.row is j, and strip.n the outer index.
  let strip = stripAt(index, params.count, params.tilesOfRow, params.tilesOfStrip, 1u);
  let row = rowOf(indices[strip.row], params.rows);
  // A row before firstRow wraps round to a large number. If the index names no row, the number is past the last row.
  let rowHere = row - params.firstRow;
  let isHere = (rowHere < params.rowsHere) & (row < params.rows);
  let length = params.inner / LANES;
  let input = (strip.n * params.rowsHere + select(0u, rowHere, isHere)) * length;
  let output = (strip.n * params.count + strip.row) * length;
  let end = select(length, select(0u, length, isHere), ADD);
  for (var tile = strip.first; tile < strip.end; tile++) {
    #unroll
    for (var i = 0u; i < TILE; i++) {
      let at = tile * TILE + i;
      if (at < end) {
        y[output + at] = select(Lane(0.0), x[input + at], isHere);
      }
    }
  }
}

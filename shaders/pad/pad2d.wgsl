// Padding: the input with a border.
//
// The border is a constant, the mirror image without or with the edge, or the repeated edge.
//
// x, y nhwc; float32.
//
//   y[n,p,q,c] = x[n, source(p − padTop), source(q − padLeft), c], or the constant where there is no source
//
// One invocation computes a strip of output columns, LANES neighbouring channels of each.
// Reference: src/runtime/reference/pad2d.ts

#import grid
#import lanes
#import strips

const WORKGROUP_SIZE: u32 = 64;
override FOURS: bool = true;
// One of the PAD_… below.
override MODE: u32 = 0;

struct Params {
  invocations: u32,
  firstWorkgroup: u32,
  gridWidth: u32,
  h: u32,
  w: u32,
  c: u32,
  p: u32,
  q: u32,
  padTop: u32,
  padLeft: u32,
  value: f32,
  tilesOfRow: u32,
  tilesOfStrip: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<Lane>;          // [n, h, w, c]
@group(0) @binding(2) var<storage, read_write> y: array<Lane>;    // [n, p, q, c]

const PAD_CONSTANT: u32 = 0;
const PAD_REFLECTION: u32 = 1;
const PAD_EDGE: u32 = 2;
const PAD_SYMMETRIC: u32 = 3;

// The input position that a padded one shows (0 is the first one of the input, negative positions lie before it). −1
// for the constant.
fn paddingSource(position: i32, extent: i32) -> i32 {
  // The nearest element of the input.
  let nearest = clamp(position, 0, extent - 1);
  if (MODE == PAD_EDGE) {
    return nearest;
  }
  // A symmetric image begins with the edge itself, one position earlier.
  let earlier = select(0, select(-1, 1, position > nearest), MODE == PAD_SYMMETRIC);
  let source = select(2 * nearest - position + earlier, -1, MODE == PAD_CONSTANT);
  return select(source, position, position == nearest);
}

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(invocation: Invocation) {
  let index = linearIndex(invocation, params.firstWorkgroup, params.gridWidth, WORKGROUP_SIZE);
  if (index >= params.invocations) {
    return;
  }
  let lanes = params.c / LANES;
  let strip = stripAt(index, params.p, params.tilesOfRow, params.tilesOfStrip, lanes);
  let h = paddingSource(i32(strip.row) - i32(params.padTop), i32(params.h));
  let row = (i32(strip.n * params.h) + h) * i32(params.w);
  let output = (strip.n * params.p + strip.row) * params.q;
  for (var q = strip.first; q < strip.end; q++) {
    let column = paddingSource(i32(q) - i32(params.padLeft), i32(params.w));
    let value = x[u32(row + column) * lanes + strip.c];
    y[(output + q) * lanes + strip.c] = select(Lane(params.value), value, (h >= 0) & (column >= 0));
  }
}

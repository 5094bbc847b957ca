// Makes a vector of each class number: 1 at the position of the class, 0 elsewhere.
//
// indices [rows], y [rows, depth]; float32.
//
//   y[row,d] = 1 where d = indices[row], else 0
//
// One invocation writes a strip of tiles of TILE neighbouring lanes. A lane is four elements if depth comes in fours.
// Edges: an index that is out of range or not a whole number gives zeros.
// Reference: src/runtime/reference/oneHot.ts

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
  depth: u32,
  tilesOfRow: u32,
  tilesOfStrip: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> indices: array<f32>;         // [rows]
@group(0) @binding(2) var<storage, read_write> y: array<Lane>;        // [rows, depth]

fn classesAt(lane: u32) -> Lane {
#if FOURS
  return f32(lane * 4u) + vec4<f32>(0.0, 1.0, 2.0, 3.0);
#else
  return f32(lane);
#endif
}

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(invocation: Invocation) {
  let index = linearIndex(invocation, params.firstWorkgroup, params.gridWidth, WORKGROUP_SIZE);
  if (index >= params.invocations) {
    return;
  }
  // All rows are those of one image.
  let strip = stripAt(index, 0xffffffffu, params.tilesOfRow, params.tilesOfStrip, 1u);
  let value = Lane(indices[strip.row]);
  let length = params.depth / LANES;
  let output = strip.row * length;
  for (var tile = strip.first; tile < strip.end; tile++) {
    #unroll
    for (var i = 0u; i < TILE; i++) {
      let at = tile * TILE + i;
      if (at < length) {
        y[output + at] = select(Lane(0.0), Lane(1.0), value == classesAt(at));
      }
    }
  }
}

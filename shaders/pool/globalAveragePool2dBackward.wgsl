// The gradient of global average pooling: every pixel gets an equal share.
//
// dy [n, c], dx [n, pixels, c] (nhwc with h and w in one); float32.
//
//   dx[n,pixel,c] = dy[n,c] / pixels
//
// One invocation writes a strip of pixels, LANES neighbouring channels of each.
// Reference: src/runtime/reference/globalAveragePool2dBackward.ts

#import grid
#import lanes
#import strips

const WORKGROUP_SIZE: u32 = 64;
override FOURS: bool = true;

struct Params {
  invocations: u32,
  firstWorkgroup: u32,
  gridWidth: u32,
  pixels: u32,
  c: u32,
  tilesOfRow: u32,
  tilesOfStrip: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> dy: array<Lane>;         // [n, c]
@group(0) @binding(2) var<storage, read_write> dx: array<Lane>;   // [n, pixels, c]

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(invocation: Invocation) {
  let index = linearIndex(invocation, params.firstWorkgroup, params.gridWidth, WORKGROUP_SIZE);
  if (index >= params.invocations) {
    return;
  }
  let lanes = params.c / LANES;
  // All pixels of an image are one row of tiles.
  let strip = stripAt(index, 1u, params.tilesOfRow, params.tilesOfStrip, lanes);
  let share = dy[strip.n * lanes + strip.c] / f32(params.pixels);
  for (var pixel = strip.first; pixel < strip.end; pixel++) {
    dx[(strip.n * params.pixels + pixel) * lanes + strip.c] = share;
  }
}

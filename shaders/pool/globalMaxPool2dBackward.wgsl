// The gradient of global max pooling: the largest pixel of a channel gets the whole dy.
//
// dy [n, c], x, dx [n, pixels, c] (nhwc with h and w in one); float32. globalMaxPool2d.wgsl gives for the same input: with
// ties "first" the winning pixel of each channel, else the maximum of each channel.
//
//   dx[n,pixel,c] = dy[n,c]   where
//     ties "first": the pixel is the winner
//     ties "all":   x[n,pixel,c] equals the maximum
//   and 0 elsewhere
//
// One invocation writes a strip of pixels, LANES neighbouring channels of each.
// Edges: NaN equals nothing. So with ties "all", if the maximum of a channel is NaN, no element gets its gradient. NaN
// is found by its bits.
// Reference: src/runtime/reference/globalMaxPool2dBackward.ts

#import grid
#import lanes
#import nan
#import strips

const WORKGROUP_SIZE: u32 = 64;
override FOURS: bool = true;
override TIES_ALL: bool = false;

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
@group(0) @binding(1) var<storage, read> dy: array<Lane>;             // [n, c]
@group(0) @binding(2) var<storage, read_write> dx: array<Lane>;       // [n, pixels, c]
#if TIES_ALL
@group(0) @binding(3) var<storage, read> maxima: array<Lane>;         // [n, c]
@group(0) @binding(4) var<storage, read> x: array<Lane>;              // [n, pixels, c]
#else
@group(0) @binding(3) var<storage, read> winners: array<LaneBits>;    // [n, c]
#endif

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(invocation: Invocation) {
  let index = linearIndex(invocation, params.firstWorkgroup, params.gridWidth, WORKGROUP_SIZE);
  if (index >= params.invocations) {
    return;
  }
  let lanes = params.c / LANES;
  // All pixels of an image are one row of tiles.
  let strip = stripAt(index, 1u, params.tilesOfRow, params.tilesOfStrip, lanes);
  let channel = strip.n * lanes + strip.c;
  let gradient = dy[channel];
#if TIES_ALL
  let maximum = maxima[channel];
#else
  let winner = winners[channel];
#endif
  for (var pixel = strip.first; pixel < strip.end; pixel++) {
    let element = (strip.n * params.pixels + pixel) * lanes + strip.c;
#if TIES_ALL
    let value = x[element];
    let won = (value == maximum) & !isNan(value) & !isNan(maximum);
#else
    let won = winner == LaneBits(pixel);
#endif
    dx[element] = select(Lane(0.0), gradient, won);
  }
}

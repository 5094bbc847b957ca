// Nearest-neighbour resampling of height and width: an output pixel shows the input pixel that holds its centre.
//
// x [n, h, w, c], y [n, p, q, c] (nhwc); float32.
//
//   y[n,p,q,c] = x[n, source(p), source(q), c]   with source(p) = ⌊((2p + 1) · h − 1) / 2p'⌋ for p' outputs of h, and source(q) alike
//
// that is (p + ½) · h / p' − ½ rounded to the nearest integer, halves down. Both factors of 2 and of what h and p' have
// in common are left out of
// Params: numerators stay below 2³².
//
// One invocation computes a strip of output columns, LANES neighbouring channels of each, and walks the sources by
// steps.
// Reference: src/runtime/reference/resample2d.ts

#import grid
#import lanes
#import nearest
#import resample
#import strips

const WORKGROUP_SIZE: u32 = 64;
override FOURS: bool = true;

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<Lane>;          // [n, h, w, c]
@group(0) @binding(2) var<storage, read_write> y: array<Lane>;    // [n, p, q, c]

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(invocation: Invocation) {
  let index = linearIndex(invocation, params.firstWorkgroup, params.gridWidth, WORKGROUP_SIZE);
  if (index >= params.invocations) {
    return;
  }
  let lanes = params.c / LANES;
  let strip = stripAt(index, params.p, params.tilesOfRow, params.tilesOfStrip, lanes);
  let h = ((2u * strip.row + 1u) * params.stepHeight - 1u) / (2u * params.wholeHeight);
  let row = (strip.n * params.h + h) * params.w;
  let output = (strip.n * params.p + strip.row) * params.q;
  var source = walkFrom((2u * strip.first + 1u) * params.stepWidth - 1u, 2u * params.stepWidth, 2u * params.wholeWidth);
  for (var q = strip.first; q < strip.end; q++) {
    y[(output + q) * lanes + strip.c] = x[(row + source.position) * lanes + strip.c];
    source = nextOf(source);
  }
}

// Resampling of height and width: an output pixel shows a pixel near its point in the input, or mixes up to four.
//
// x [n, h, w, c], y [n, p, q, c] (nhwc); float32.
//
//   y[n,p,q,c] = x[n, source(p), source(q), c]
//   with LINEAR: Σ_{i,j ∈ {0,1}} weight_i(p) · weight_j(q) · x[n, source(p) + i, source(q) + j, c]
//
// with the sources and weights of lib/resample.wgsl.
//
// One invocation computes a strip of output columns, LANES neighbouring channels of each, and walks the sources by
// steps.
// Edges: a pixel whose weight is 0 is not read, so its NaN or infinity does not matter.
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
  let height = walkFrom(strip.row * params.stepHeight + params.firstHeight, params.stepHeight, params.wholeHeight);
  let output = (strip.n * params.p + strip.row) * params.q;
  var source = walkFrom(strip.first * params.stepWidth + params.firstWidth, params.stepWidth, params.wholeWidth);
#if LINEAR
  let rows = tapsOf(height, params.h);
  let nearRow = (strip.n * params.h + rows.near) * params.w;
  let farRow = (strip.n * params.h + rows.far) * params.w;
  for (var q = strip.first; q < strip.end; q++) {
    let columns = tapsOf(source, params.w);
    let near = mixOf(x[(nearRow + columns.near) * lanes + strip.c], x[(nearRow + columns.far) * lanes + strip.c], columns);
    let far = mixOf(x[(farRow + columns.near) * lanes + strip.c], x[(farRow + columns.far) * lanes + strip.c], columns);
    y[(output + q) * lanes + strip.c] = mixOf(near, far, rows);
    source = nextOf(source);
  }
#else
  let row = (strip.n * params.h + height.position) * params.w;
  for (var q = strip.first; q < strip.end; q++) {
    y[(output + q) * lanes + strip.c] = x[(row + source.position) * lanes + strip.c];
    source = nextOf(source);
  }
#endif
}

fn mixOf(near: Lane, far: Lane, taps: Taps) -> Lane {
  return select(near * taps.nearWeight + far * taps.farWeight, near, taps.farWeight == 0.0);
}

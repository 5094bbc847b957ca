// The gradient of max pooling: each input element sums dy over the windows whose maximum it is.
//
// x, dy, dx nhwc; float32. maxPool2d.wgsl gives for the same input: with ties "first" the winning tap of each window,
// else the maximum of each window.
//
//   dx[n,h,w,c] = Σ dy[n,p,q,c] over the windows (p, q) that cover (h, w) and
//     ties "first": whose tap is the one at (h, w)
//     ties "all":   whose maximum equals x[n,h,w,c], and is positive where x is RECTIFIED
//
// One invocation owns a strip of tiles, LANES neighbouring channels of each. A tile is TILE_W input columns that lie
// `strideWidth` apart. The same taps touch all of them, through neighbouring outputs. An iteration takes REACH_S of the
// taps of a row that touch the tile. Neighbouring taps reach neighbouring outputs, so outputs that columns have in
// common are loaded once. The sums are added in the order of the taps.
// Edges: NaN equals nothing. So with ties "all", if the maximum of a window is NaN, no element gets its gradient. NaN
// is found by its bits.
// Reference: src/runtime/reference/maxPool2dBackward.ts

#import grid
#import nan
#import pool
#import taps

const WORKGROUP_SIZE: u32 = 64;
override FOURS: bool = true;
override TILE_W: u32 = 4;
override REACH_S: u32 = 2;
// Whether more than one group of REACH_S taps may touch a column.
override TAP_GROUPS: bool = true;
// Outputs of a row that an iteration loads: TILE_W + REACH_S − 1. REACH_S is 1 unless neighbouring taps reach
// neighbouring outputs.
override WINDOW: u32 = 5;
// Whether a strip may be more than one tile.
override STRIPS: bool = true;
override TIES_ALL: bool = false;
override RECTIFIED: bool = false;

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> dy: array<Lane>;             // [n, p, q, c]
@group(0) @binding(2) var<storage, read_write> dx: array<Lane>;       // [n, h, w, c]
#if TIES_ALL
@group(0) @binding(3) var<storage, read> maxima: array<Lane>;         // [n, p, q, c]
@group(0) @binding(4) var<storage, read> x: array<Lane>;              // [n, h, w, c]
#else
@group(0) @binding(3) var<storage, read> taps: array<u32>;            // [n, p, q, c / LANES], a byte for each of four channels
#endif

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(invocation: Invocation) {
  let index = linearIndex(invocation, params.firstWorkgroup, params.gridWidth, WORKGROUP_SIZE);
  if (index >= params.invocations) {
    return;
  }
  let lanes = params.c / LANES;
  let strip = stripAt(index, params.h, params.tilesOfRow, params.tilesOfStrip, lanes);
  let firstInput = (strip.n * params.h + strip.row) * params.w;
  let firstRow = firstReach(strip.row + params.padTop, params.strideHeight, params.dilationHeight, params.r);
  // The phases that have a column. The tiles of the phases follow each other in a row.
  let phases = min(params.strideWidth, params.w);
#if STRIPS
  for (var tile = strip.first; tile < strip.end; tile++) {
#else
  let tile = strip.first;
  {
#endif
    let tileOfPhase = tile / phases;
    let w0 = tileOfPhase * TILE_W * params.strideWidth + tile - tileOfPhase * phases;
    let input = (firstInput + w0) * lanes + strip.c;
    let firstColumn = firstReach(w0 + params.padLeft, params.strideWidth, params.dilationWidth, params.s);
#if TIES_ALL
    var own: array<Lane, TILE_W>;
    #unroll
    for (var i = 0u; i < TILE_W; i++) {
      own[i] = x[input + i * params.strideWidth * lanes];
    }
#endif
    var sums: array<Lane, TILE_W>;
    #unroll
    for (var i = 0u; i < TILE_W; i++) {
      sums[i] = Lane(0.0);
    }
    var r = firstRow.tap;
    var p = firstRow.output;
    var s = firstColumn.tap;
    var q0 = firstColumn.output;
#if TAP_GROUPS
    while (r < params.r && s < params.s) {
#else
    {
#endif
      // An output row that does not exist has no columns.
      let columns = select(0u, params.q, (r < params.r) & (u32(p) < params.p));
      // The output that the last of these taps reaches. Positions before the row do not count.
      let firstQ = q0 - i32(REACH_S - 1u);
      let row = u32((i32(strip.n * params.p) + p) * i32(params.q) + firstQ) * lanes + strip.c;
      var values: array<Lane, WINDOW>;
      var inside: array<bool, WINDOW>;
#if TIES_ALL
      var largest: array<Lane, WINDOW>;
#else
      var winners: array<LaneBits, WINDOW>;
#endif
      #unroll
      for (var v = 0u; v < WINDOW; v++) {
        values[v] = dy[row + v * lanes];
        inside[v] = u32(firstQ + i32(v)) < columns;
#if TIES_ALL
        largest[v] = maxima[row + v * lanes];
#else
        winners[v] = unpackTaps(taps[row + v * lanes]);
#endif
      }
      #unroll
      for (var reach = 0u; reach < REACH_S; reach++) {
        let tapS = s + reach * params.tapStepWidth;
        #unroll
        for (var i = 0u; i < TILE_W; i++) {
#if TIES_ALL
          let won = (largest[i + (REACH_S - 1u - reach)] == own[i]) & !isNan(own[i]) & (LaneBool(!RECTIFIED) | (own[i] > Lane(0.0)));
#else
          let won = winners[i + (REACH_S - 1u - reach)] == LaneBits(r * params.s + tapS);
#endif
          let counts = inside[i + (REACH_S - 1u - reach)] & (tapS < params.s);
          sums[i] = select(sums[i], sums[i] + values[i + (REACH_S - 1u - reach)], won & LaneBool(counts));
        }
      }
      goOn(&r, &p, &s, &q0, firstColumn, REACH_S);
    }
    #unroll
    for (var i = 0u; i < TILE_W; i++) {
      if (w0 + i * params.strideWidth < params.w) {
        dx[input + i * params.strideWidth * lanes] = sums[i];
      }
    }
  }
}

fn unpackTaps(taps: u32) -> LaneBits {
#if FOURS
  return (vec4<u32>(taps) >> vec4<u32>(0u, 8u, 16u, 24u)) & vec4<u32>(255u);
#else
  return taps;
#endif
}

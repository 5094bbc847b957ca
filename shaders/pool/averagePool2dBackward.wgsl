// The gradient of average pooling: each input element sums its shares of dy over all windows that cover it.
//
// dy, dx nhwc; float32.
//
//   dx[n,h,w,c] = Σ dy[n,p,q,c] / divisor[p,q] over the windows (p, q) that cover (h, w)
//
// with the forward's divisor.
//
// One invocation owns a strip of tiles, LANES neighbouring channels of each. A tile is TILE_W input columns that lie
// `strideWidth` apart. The same taps touch all of them, through neighbouring outputs. An iteration takes REACH_S of the
// taps of a row that touch the tile. Neighbouring taps reach neighbouring outputs, so outputs that columns have in
// common are loaded once. The sums are added in the order of the taps.
// Reference: src/runtime/reference/averagePool2dBackward.ts

#import grid
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
override COUNT_INCLUDE_PAD: bool = false;

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> dy: array<Lane>;         // [n, p, q, c]
@group(0) @binding(2) var<storage, read_write> dx: array<Lane>;   // [n, h, w, c]

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
      let top = p * i32(params.strideHeight) - i32(params.padTop);
      let rows = tapsCounted(top, params.r, params.dilationHeight, params.h, params.padBottom, COUNT_INCLUDE_PAD);
      var shares: array<Lane, WINDOW>;
      #unroll
      for (var v = 0u; v < WINDOW; v++) {
        let q = firstQ + i32(v);
        let left = q * i32(params.strideWidth) - i32(params.padLeft);
        let columnsOf = tapsCounted(left, params.s, params.dilationWidth, params.w, params.padRight, COUNT_INCLUDE_PAD);
        shares[v] = select(Lane(0.0), dy[row + v * lanes] / f32(rows * columnsOf), u32(q) < columns);
      }
      #unroll
      for (var reach = 0u; reach < REACH_S; reach++) {
        let exists = s + reach * params.tapStepWidth < params.s;
        #unroll
        for (var i = 0u; i < TILE_W; i++) {
          sums[i] += select(Lane(0.0), shares[i + (REACH_S - 1u - reach)], exists);
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

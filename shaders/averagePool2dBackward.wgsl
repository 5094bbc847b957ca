// The gradient of average pooling: each input element gathers its share from every window that covers it.
//
// dy, dx nhwc; float32.
//
//   dx[n,h,w,c] = Σ dy[n,p,q,c] / divisor[p,q] over the windows (p, q) that cover (h, w)
//
// with the forward's divisor.
//
// One invocation owns a strip of tiles, each TILE_W input columns that lie `strideWidth` apart, LANES neighbouring channels of each, and adds in
// the order of the taps. Columns that far apart are touched by the same taps, through neighbouring outputs.
// CPU twin: src/cpu/averagePool2dBackward.ts

#import grid
#import pool
#import taps

const WORKGROUP_SIZE: u32 = 64;
const FOURS: bool = true;
const TILE_W: u32 = 4;
const COUNT_INCLUDE_PAD: bool = false;

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
  // Phases that have a column (a phase is the columns that are the same modulo the stride): the tiles of each lie beside those of the next.
  let phases = min(params.strideWidth, params.w);
  for (var tile = strip.first; tile < strip.end; tile++) {
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
    while (r < params.r && s < params.s) {
      // A row of outputs that does not exist has no column.
      let columns = select(0u, params.q, u32(p) < params.p);
      let row = (i32(strip.n * params.p) + p) * i32(params.q);
      let top = p * i32(params.strideHeight) - i32(params.padTop);
      let rows = tapsCounted(top, params.r, params.dilationHeight, params.h, params.padBottom, COUNT_INCLUDE_PAD);
      #unroll
      for (var i = 0u; i < TILE_W; i++) {
        let q = q0 + i32(i);
        let left = q * i32(params.strideWidth) - i32(params.padLeft);
        let counted = tapsCounted(left, params.s, params.dilationWidth, params.w, params.padRight, COUNT_INCLUDE_PAD);
        let share = dy[u32(row + q) * lanes + strip.c] / f32(rows * counted);
        sums[i] = select(sums[i], sums[i] + share, u32(q) < columns);
      }
      s += params.tapStepWidth;
      q0 -= i32(params.outputStepWidth);
      if (s >= params.s) {
        s = firstColumn.tap;
        q0 = firstColumn.output;
        r += params.tapStepHeight;
        p -= i32(params.outputStepHeight);
      }
    }
    #unroll
    for (var i = 0u; i < TILE_W; i++) {
      if (w0 + i * params.strideWidth < params.w) {
        dx[input + i * params.strideWidth * lanes] = sums[i];
      }
    }
  }
}

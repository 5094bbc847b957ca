// Average pooling: the mean of each window.
//
// x, y nhwc; float32.
//
//   y[n,p,q,c] = Σ_{r,s} x[n, p·stride + r·dilation − pad, q·stride + s·dilation − pad, c] / divisor   over the taps inside the input
//
// where the divisor counts the window's taps inside the input, or, with COUNT_INCLUDE_PAD, those in the input and its declared padding.
//
// One invocation computes a strip of tiles, each TILE_Q neighbouring output columns, LANES neighbouring channels. It takes TAPS_S neighbouring
// taps of a window's row at a time, which divide it. What these read of neighbouring columns overlaps where a column's step, STEP_X, is
// shorter than TAPS_S: what they have in common is loaded once.
// CPU twin: src/cpu/averagePool2d.ts

#import grid
#import pool
#import taps

const WORKGROUP_SIZE: u32 = 64;
const FOURS: bool = true;
const TILE_Q: u32 = 2;
const TAPS_S: u32 = 3;
// How far the values of neighbouring columns lie apart, of those that an invocation loads: at most TAPS_S, where none are in common.
const STEP_X: u32 = 2;
// Values of a row that an invocation loads at a time: STEP_X for each column but the last, and TAPS_S.
const WINDOW: u32 = 5;
// Whether a window may hold what is not in the input.
const PADDED: bool = true;
const COUNT_INCLUDE_PAD: bool = false;

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
  let top = i32(strip.row * params.strideHeight) - i32(params.padTop);
  let firstR = tapsBefore(top, 0, params.dilationHeight, params.r);
  let endR = tapsBefore(top, i32(params.h), params.dilationHeight, params.r);
  let rows = tapsCounted(top, params.r, params.dilationHeight, params.h, params.padBottom, COUNT_INCLUDE_PAD);
  for (var tile = strip.first; tile < strip.end; tile++) {
    let q0 = tile * TILE_Q;
    let left = i32(q0 * params.strideWidth) - i32(params.padLeft);
    var sums: array<Lane, TILE_Q>;
    #unroll
    for (var i = 0u; i < TILE_Q; i++) {
      sums[i] = Lane(0.0);
    }
    var r = firstR;
    var s = 0u;
    while (r < endR) {
      let row = (i32(strip.n * params.h) + top + i32(r * params.dilationHeight)) * i32(params.w);
      var values: array<Lane, WINDOW>;
#if PADDED
      var inside: array<bool, WINDOW>;
#endif
      #unroll
      for (var v = 0u; v < WINDOW; v++) {
        let column = left + i32(v / STEP_X * params.strideWidth + s * params.dilationWidth + v % STEP_X);
        values[v] = x[u32(row + column) * lanes + strip.c];
#if PADDED
        inside[v] = u32(column) < params.w;
#endif
      }
      #unroll
      for (var tap = 0u; tap < TAPS_S; tap++) {
        #unroll
        for (var i = 0u; i < TILE_Q; i++) {
#if PADDED
          sums[i] += select(Lane(0.0), values[i * STEP_X + tap], inside[i * STEP_X + tap]);
#else
          sums[i] += values[i * STEP_X + tap];
#endif
        }
      }
      s += TAPS_S;
      if (s == params.s) {
        s = 0u;
        r++;
      }
    }

    let output = ((strip.n * params.p + strip.row) * params.q + q0) * lanes + strip.c;
    #unroll
    for (var i = 0u; i < TILE_Q; i++) {
      if (q0 + i < params.q) {
        let start = left + i32(i * params.strideWidth);
        let columns = tapsCounted(start, params.s, params.dilationWidth, params.w, params.padRight, COUNT_INCLUDE_PAD);
        y[output + i * lanes] = sums[i] / f32(rows * columns);
      }
    }
  }
}

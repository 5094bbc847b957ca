// Max pooling: the largest element of each window or, for the gradient, which tap of the window that is.
//
// x, y nhwc; float32. With GIVE_TAPS, taps instead of y: one u32 for LANES neighbouring channels, a byte for each of four.
//
//   y[n,p,q,c] = max_{r,s} x[n, p·stride + r·dilation − pad, q·stride + s·dilation − pad, c]   over the taps inside the input
//   with GIVE_TAPS: r · (width of the window) + s of the first such tap in row-major order
//
// One invocation computes a strip of tiles, each TILE_Q neighbouring output columns, LANES neighbouring channels. It takes TAPS_S neighbouring
// taps of a window's row at a time, which divide it. What these read of neighbouring columns overlaps where a column's step, STEP_X, is
// shorter than TAPS_S: what they have in common is loaded once.
// The taps are walked from the last to the first, so that the last to be at least as large as all others is the first of the largest.
// Edges: a tap outside the input is never chosen, so that padding does not win, not even over −∞. The first NaN in row-major order wins over all.
// CPU twin: src/cpu/maxPool2d.ts

#import grid
#import nan
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
const GIVE_TAPS: bool = false;

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<Lane>;              // [n, h, w, c]
#if GIVE_TAPS
@group(0) @binding(2) var<storage, read_write> taps: array<u32>;      // [n, p, q, c / LANES]
#else
@group(0) @binding(2) var<storage, read_write> y: array<LaneBits>;    // [n, p, q, c], the bits of a float32
#endif

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
  // Below every number; not written as a constant, which infinity may not be.
  var lowest = 0xff800000u;
  for (var tile = strip.first; tile < strip.end; tile++) {
    let q0 = tile * TILE_Q;
    let left = i32(q0 * params.strideWidth) - i32(params.padLeft);
    var best: array<Lane, TILE_Q>;
    var bestTap: array<LaneBits, TILE_Q>;
    #unroll
    for (var i = 0u; i < TILE_Q; i++) {
      best[i] = Lane(bitcast<f32>(lowest));
      bestTap[i] = LaneBits(0u);
    }
    // Counts the taps from the last to the first, those of a row in steps of TAPS_S.
    var r = endR;
    var s = params.s;
    while (r > firstR) {
      s -= TAPS_S;
      let row = (i32(strip.n * params.h) + top + i32((r - 1u) * params.dilationHeight)) * i32(params.w);
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
          let value = values[i * STEP_X + (TAPS_S - 1u - tap)];
          var better = isNan(value) | ((value >= best[i]) & !isNan(best[i]));
#if PADDED
          better &= LaneBool(inside[i * STEP_X + (TAPS_S - 1u - tap)]);
#endif
          best[i] = select(best[i], value, better);
#if GIVE_TAPS
          bestTap[i] = select(bestTap[i], LaneBits((r - 1u) * params.s + s + (TAPS_S - 1u - tap)), better);
#endif
        }
      }
      if (s == 0u) {
        s = params.s;
        r--;
      }
    }

    let output = ((strip.n * params.p + strip.row) * params.q + q0) * lanes + strip.c;
    #unroll
    for (var i = 0u; i < TILE_Q; i++) {
      if (q0 + i < params.q) {
#if GIVE_TAPS
        taps[output + i * lanes] = packTaps(bestTap[i]);
#else
        y[output + i * lanes] = bitcast<LaneBits>(best[i]);
#endif
      }
    }
  }
}

fn packTaps(taps: LaneBits) -> u32 {
#if FOURS
  return taps.x | (taps.y << 8u) | (taps.z << 16u) | (taps.w << 24u);
#else
  return taps;
#endif
}

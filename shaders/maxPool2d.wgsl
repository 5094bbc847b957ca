// Max pooling: the largest element of each window or, for the gradient, which tap of the window that is.
//
// x, y nhwc; float32. With GIVE_TAPS, taps instead of y: one u32 for LANES neighbouring channels, a byte for each of four.
//
//   y[n,p,q,c] = max_{r,s} x[n, p·stride + r·dilation − pad, q·stride + s·dilation − pad, c]   over the taps inside the input
//   with GIVE_TAPS: r · (width of the window) + s of the first such tap in row-major order
//
// One invocation computes a strip of output columns, LANES neighbouring channels of each. It takes a block of TAPS_R × TAPS_S neighbouring taps
// of the window at a time, which divide it.
// The taps are walked from the last to the first, so that the last to be at least as large as all others is the first of the largest.
// Edges: a tap outside the input is never chosen, so that padding does not win, not even over −∞. The first NaN in row-major order wins over all.
// CPU twin: src/cpu/maxPool2d.ts

#import grid
#import nan
#import pool
#import taps

const WORKGROUP_SIZE: u32 = 64;
const FOURS: bool = true;
const TAPS_R: u32 = 1;
const TAPS_S: u32 = 3;
// Whether the window is more than one block.
const BLOCKS: bool = true;
// Whether a strip may be more than one column.
const STRIPS: bool = true;
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
  // Below every number; not written as a constant, which infinity may not be.
  var lowest = 0xff800000u;
#if STRIPS
  for (var q = strip.first; q < strip.end; q++) {
#else
  let q = strip.first;
  {
#endif
    let left = i32(q * params.strideWidth) - i32(params.padLeft);
    var best = Lane(bitcast<f32>(lowest));
    // Told by its bits, since compilers may take NaN for greater.
    var bestIsNan = LaneBool(false);
    var bestTap = LaneBits(0u);
    // The blocks are walked from the last to the first. One ends before row r of the window, and begins with tap s of a row.
    var r = params.r;
    var s = params.s;
#if BLOCKS
    while (r > 0u) {
#else
    {
#endif
      s -= TAPS_S;
      #unroll
      for (var i = 0u; i < TAPS_R; i++) {
        let tapR = r - 1u - i;
        let h = top + i32(tapR * params.dilationHeight);
        let row = (i32(strip.n * params.h) + h) * i32(params.w);
        #unroll
        for (var j = 0u; j < TAPS_S; j++) {
          let tapS = s + (TAPS_S - 1u - j);
          let column = left + i32(tapS * params.dilationWidth);
          let value = x[u32(row + column) * lanes + strip.c];
          let inside = !PADDED || ((u32(h) < params.h) & (u32(column) < params.w));
          let nan = isNan(value) & LaneBool(inside);
          let better = nan | ((value >= best) & !bestIsNan & LaneBool(inside));
          bestIsNan |= nan;
          best = select(best, value, better);
          bestTap = select(bestTap, LaneBits(tapR * params.s + tapS), better);
        }
      }
      if (s == 0u) {
        s = params.s;
        r -= TAPS_R;
      }
    }

    let output = ((strip.n * params.p + strip.row) * params.q + q) * lanes + strip.c;
#if GIVE_TAPS
    taps[output] = packTaps(bestTap);
#else
    y[output] = bitcast<LaneBits>(best);
#endif
  }
}

fn packTaps(taps: LaneBits) -> u32 {
#if FOURS
  return taps.x | (taps.y << 8u) | (taps.z << 16u) | (taps.w << 24u);
#else
  return taps;
#endif
}

// Max pooling: the largest element of each window or, for the gradient, which tap of the window that is.
//
// x, y nhwc; float32. With GIVE_TAPS, taps instead of y: one u32 for LANES neighbouring channels, a byte for each of four.
//
//   y[n,p,q,c] = max_{r,s} x[n, p·stride + r·dilation − pad, q·stride + s·dilation − pad, c]   over the taps inside the input
//   with GIVE_TAPS: r · (width of the window) + s of the first such tap in row-major order
//
// One invocation computes a strip of output columns, LANES neighbouring channels of each. It walks a window's taps from the last to the first,
// so that the last to be at least as large as all others is the first of the largest.
// Edges: only taps inside the input are walked, so that padding never wins. The first NaN in row-major order wins over all.
// CPU twin: src/cpu/maxPool2d.ts

#import grid
#import nan
#import pool
#import taps

const WORKGROUP_SIZE: u32 = 64;
const FOURS: bool = true;
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
  let strip = stripAt(index, params.p, params.q, params.stripColumns, lanes);
  let top = i32(strip.row * params.strideHeight) - i32(params.padTop);
  let firstR = tapsBefore(top, 0, params.dilationHeight, params.r);
  let endR = tapsBefore(top, i32(params.h), params.dilationHeight, params.r);
  // Below every number; not written as a constant, which infinity may not be.
  var lowest = 0xff800000u;
  for (var q = strip.first; q < strip.end; q++) {
    let left = i32(q * params.strideWidth) - i32(params.padLeft);
    let firstS = tapsBefore(left, 0, params.dilationWidth, params.s);
    let endS = tapsBefore(left, i32(params.w), params.dilationWidth, params.s);
    var best = Lane(bitcast<f32>(lowest));
    var bestTap = LaneBits(0u);
    for (var r = endR; r > firstR; r--) {
      let h = top + i32((r - 1u) * params.dilationHeight);
      let row = (i32(strip.n * params.h) + h) * i32(params.w) + left;
      for (var s = endS; s > firstS; s--) {
        let value = x[u32(row + i32((s - 1u) * params.dilationWidth)) * lanes + strip.c];
        let better = isNan(value) | ((value >= best) & !isNan(best));
        best = select(best, value, better);
        if (GIVE_TAPS) {
          bestTap = select(bestTap, LaneBits((r - 1u) * params.s + s - 1u), better);
        }
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

// Max pooling: the largest element of each window or, for the gradient, the tap that holds it.
//
// x, y nhwc; float32. With GIVE_TAPS, taps instead of y: one u32 for LANES neighbouring channels, a byte for each of
// four.
//
//   y[n,p,q,c] = max_{r,s} x[n, p·stride + r·dilation − pad, q·stride + s·dilation − pad, c]   over the taps inside the input
//   with GIVE_TAPS: r · (width of the window) + s of the first such tap in row-major order; no tap if x is RECTIFIED and the
//                   maximum is 0
//
// One invocation computes a strip of output columns, LANES neighbouring channels of each. An iteration takes a group of
// TAPS_R × TAPS_S neighbouring taps; groups divide the window. A group consists of PARTS, each of COLUMNS columns of
// taps. If the window is one group, it passes the SHARED parts that it has in common with the next window on to that
// window. The loop over a part takes its taps from the last to the first. The last tap that is at least as large as all
// before it is then the first of the largest taps.
// Edges: a tap outside the input is never chosen. So padding does not win, not even over −∞. NaN wins over all numbers;
// of several NaN the first in row-major order wins.
// Reference: src/runtime/reference/maxPool2d.ts

#import grid
#import nan
#import pool
#import taps

const WORKGROUP_SIZE: u32 = 64;
override FOURS: bool = true;
override TAPS_R: u32 = 1;
override TAPS_S: u32 = 3;
// Parts of a group: all of them, those from the last window, and the new ones.
override PARTS: u32 = 1;
override SHARED: u32 = 0;
override FRESH: u32 = 1;
override COLUMNS: u32 = 3;
// Whether the window is more than one group of taps.
override TAP_GROUPS: bool = true;
// Whether a strip may be more than one column.
override STRIPS: bool = true;
// Whether a window may lie partly outside the input.
override PADDED: bool = true;
override GIVE_TAPS: bool = false;
override RECTIFIED: bool = false;

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<Lane>;              // [n, h, w, c]
#if GIVE_TAPS
@group(0) @binding(2) var<storage, read_write> taps: array<u32>;      // [n, p, q, c / LANES]
#else
@group(0) @binding(2) var<storage, read_write> y: array<LaneBits>;    // [n, p, q, c], the bits of a float32
#endif

// −∞, below every number. It is a variable, because WGSL refuses an infinite constant.
var<private> lowest = 0xff800000u;

// The result for the taps of one part.
struct Part {
  // The largest number.
  best: Lane,
  // Whether there is a NaN. It is found by its bits, because compilers may treat NaN as the greater value.
  nan: LaneBool,
  // The first tap that holds NaN or the largest number, counted from the part's first column. Beyond every window if
  // all taps lie outside the input.
  tap: LaneBits,
}

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(invocation: Invocation) {
  let index = linearIndex(invocation, params.firstWorkgroup, params.gridWidth, WORKGROUP_SIZE);
  if (index >= params.invocations) {
    return;
  }
  let lanes = params.c / LANES;
  let strip = stripAt(index, params.p, params.tilesOfRow, params.tilesOfStrip, lanes);
  let top = i32(strip.row * params.strideHeight) - i32(params.padTop);
  var parts: array<Part, PARTS>;
  #unroll
  for (var j = 0u; j < SHARED; j++) {
    parts[FRESH + j] = partOf(strip, top, i32(strip.first * params.strideWidth) - i32(params.padLeft), params.r, j, lanes);
  }
#if STRIPS
  for (var q = strip.first; q < strip.end; q++) {
#else
  let q = strip.first;
  {
#endif
    let left = i32(q * params.strideWidth) - i32(params.padLeft);
    var best = Lane(bitcast<f32>(lowest));
    var nan = LaneBool(false);
    var bestTap = LaneBits(0xffffffffu);
    // The loop takes the groups from the last to the first. A group ends before row r of the window, and begins with
    // tap s of a row.
    var r = params.r;
    var s = params.s;
#if TAP_GROUPS
    while (r > 0u) {
#else
    {
#endif
      s -= TAPS_S;
      #unroll
      for (var j = 0u; j < SHARED; j++) {
        parts[j] = parts[FRESH + j];
      }
      #unroll
      for (var j = 0u; j < FRESH; j++) {
        parts[SHARED + j] = partOf(strip, top, left, r, s + SHARED + j, lanes);
      }
      #unroll
      for (var j = 0u; j < PARTS; j++) {
        let part = parts[j];
#if GIVE_TAPS
        let tap = part.tap + LaneBits(s + j);
        let earlier = tap < bestTap;
        let greater = (part.best > best) | ((part.best == best) & earlier);
        let better = select(greater & !nan, !nan | earlier, part.nan);
        bestTap = select(bestTap, tap, better);
#else
        let better = part.best > best;
#endif
        best = select(best, part.best, better);
        nan |= part.nan;
      }
      if (s == 0u) {
        s = params.s;
        r -= TAPS_R;
      }
    }

    let output = ((strip.n * params.p + strip.row) * params.q + q) * lanes + strip.c;
#if GIVE_TAPS
#if RECTIFIED
    // A tap beyond every window means that there is none.
    bestTap = select(LaneBits(select(0xffffffffu, 0xffu, LANES == 4u)), bestTap, nan | (best > Lane(0.0)));
#endif
    taps[output] = packTaps(bestTap);
#else
    y[output] = select(bitcast<LaneBits>(best), LaneBits(0x7fc00000u), nan);
#endif
  }
}

// The part of TAPS_R × COLUMNS taps that end before row r of the window, and begin with tap s of a row.
fn partOf(strip: Strip, top: i32, left: i32, r: u32, s: u32, lanes: u32) -> Part {
  var part = Part(Lane(bitcast<f32>(lowest)), LaneBool(false), LaneBits(0xffff0000u));
  #unroll
  for (var i = 0u; i < TAPS_R; i++) {
    let row = r - 1u - i;
    let h = top + i32(row * params.dilationHeight);
    #unroll
    for (var j = 0u; j < COLUMNS; j++) {
      let column = COLUMNS - 1u - j;
      let w = left + i32((s + column) * params.dilationWidth);
      let value = x[u32((i32(strip.n * params.h) + h) * i32(params.w) + w) * lanes + strip.c];
      let inside = LaneBool(!PADDED || ((u32(h) < params.h) & (u32(w) < params.w)));
      let nan = isNan(value) & inside;
#if GIVE_TAPS
      let better = nan | ((value >= part.best) & !part.nan & inside);
      part.tap = select(part.tap, LaneBits(row * params.s + column), better);
#else
      let better = (value > part.best) & inside;
#endif
      part.best = select(part.best, value, better);
      part.nan |= nan;
    }
  }
  return part;
}

fn packTaps(taps: LaneBits) -> u32 {
#if FOURS
  return taps.x | (taps.y << 8u) | (taps.z << 16u) | (taps.w << 24u);
#else
  return taps;
#endif
}

// Average pooling: the mean of each window.
//
// x, y nhwc; float32.
//
//   y[n,p,q,c] = Σ_{r,s} x[n, p·stride + r·dilation − pad, q·stride + s·dilation − pad, c] / divisor   over the taps inside the input
//
// where the divisor counts the window's taps inside the input, or, with COUNT_INCLUDE_PAD, those in the input and its
// declared padding.
//
// One invocation computes a strip of output columns, LANES neighbouring channels of each. An iteration takes a group of
// TAPS_R × TAPS_S neighbouring taps; groups divide the window. A group consists of PARTS, each of COLUMNS columns of
// taps. If the window is one group, it passes the SHARED parts that it has in common with the next window on to that
// window. If the window is LONG, four groups make a block, and the blocks are added in pairs.
// Reference: src/runtime/reference/averagePool2d.ts

#import grid
#import pairs
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
// Whether the window is many groups.
override LONG: bool = true;
// Whether a strip may be more than one column.
override STRIPS: bool = true;
// Whether a window may lie partly outside the input.
override PADDED: bool = true;
override COUNT_INCLUDE_PAD: bool = false;

const GROUPS_OF_BLOCK: u32 = 4;

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
  var parts: array<Lane, PARTS>;
#if LONG
  var pairs: Pairs;
#endif
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
    var sum = Lane(0.0);
#if LONG
    pairs.blocks = 0u;
    var groups = 0u;
#endif
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
        sum += parts[j];
      }
#if LONG
      groups++;
      if (groups == GROUPS_OF_BLOCK) {
        addBlock(&pairs, sum);
        sum = Lane(0.0);
        groups = 0u;
      }
#endif
      if (s == 0u) {
        s = params.s;
        r -= TAPS_R;
      }
    }
#if LONG
    addBlock(&pairs, sum);
    sum = sumOfPairs(&pairs);
#endif

#if PADDED
    let rows = tapsCounted(top, params.r, params.dilationHeight, params.h, params.padBottom, COUNT_INCLUDE_PAD);
    let counted = rows * tapsCounted(left, params.s, params.dilationWidth, params.w, params.padRight, COUNT_INCLUDE_PAD);
#else
    let counted = params.r * params.s;
#endif
    let output = ((strip.n * params.p + strip.row) * params.q + q) * lanes + strip.c;
    y[output] = sum / f32(counted);
  }
}

// The sum of TAPS_R × COLUMNS taps: they end before row r of the window, and begin with tap s of a row.
fn partOf(strip: Strip, top: i32, left: i32, r: u32, s: u32, lanes: u32) -> Lane {
  var part = Lane(0.0);
  #unroll
  for (var i = 0u; i < TAPS_R; i++) {
    let row = r - 1u - i;
    let h = top + i32(row * params.dilationHeight);
    var sumOfRow = Lane(0.0);
    #unroll
    for (var j = 0u; j < COLUMNS; j++) {
      let column = COLUMNS - 1u - j;
      let w = left + i32((s + column) * params.dilationWidth);
      let value = x[u32((i32(strip.n * params.h) + h) * i32(params.w) + w) * lanes + strip.c];
      let inside = LaneBool(!PADDED || ((u32(h) < params.h) & (u32(w) < params.w)));
      sumOfRow += select(Lane(0.0), value, inside);
    }
    part += sumOfRow;
  }
  return part;
}

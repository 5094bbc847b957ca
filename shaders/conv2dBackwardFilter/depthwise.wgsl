// The gradient of a depthwise convolution's filter, one slice of the long sum.
//
// x nhwc, dy nhwc, dw hwio (one input channel a group); float32.
//
//   dw[r,s,0,k] = Σ_{n,p,q} x[n, p·stride + r·dilation − pad, q·stride + s·dilation − pad, k's channel] · dy[n,p,q,k]
//
// One invocation owns, for one row of the filter and one slice of the output rows, TAPS_S neighbouring taps, LANES neighbouring channels of
// each: four where every channel has one output. It takes TILE_Q columns at a time; what their taps read overlaps where a column's step,
// STEP_X, is shorter than TAPS_S: what they have in common is loaded once. sumSlices.wgsl adds the slices in order.
// Edges: a position outside x is a real zero, chosen by select; columns past the end of a row leave the sums as they are.
// CPU twin: src/cpu/conv2dBackwardFilter.ts

#import grid
#import lanes

const WORKGROUP_SIZE: u32 = 64;
const FOURS: bool = true;
const TILE_Q: u32 = 4;
const TAPS_S: u32 = 3;
// How far the values of neighbouring columns lie apart, of those that an invocation loads: at most TAPS_S, where none are in common.
const STEP_X: u32 = 1;
// Values of x that an invocation loads in a step: STEP_X for each column but the last, and TAPS_S.
const WINDOW: u32 = 6;
// Whether `partial` holds the sums over earlier images, to be added to.
const ADD: bool = false;

struct Params {
  invocations: u32,
  firstWorkgroup: u32,
  gridWidth: u32,
  n: u32,
  h: u32,
  w: u32,
  c: u32,
  r: u32,
  s: u32,
  p: u32,
  q: u32,
  k: u32,
  kPerGroup: u32,
  strideHeight: u32,
  strideWidth: u32,
  dilationHeight: u32,
  dilationWidth: u32,
  padTop: u32,
  padLeft: u32,
  rowsPerSlice: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<Lane>;                 // [n, h, w, c]
@group(0) @binding(2) var<storage, read> dy: array<Lane>;                // [n, p, q, k]
@group(0) @binding(3) var<storage, read_write> partial: array<Lane>;     // [slices, r, s, 1, k]

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(invocation: Invocation) {
  var index = linearIndex(invocation, params.firstWorkgroup, params.gridWidth, WORKGROUP_SIZE);
  if (index >= params.invocations) {
    return;
  }
  let cLanes = params.c / LANES;
  let kLanes = params.k / LANES;
  let k = index % kLanes;
#if FOURS
  // Each channel has one output.
  let c = k;
#else
  let c = k / params.kPerGroup;
#endif
  index /= kLanes;
  let s = (index % (params.s / TAPS_S)) * TAPS_S;
  index /= params.s / TAPS_S;
  let r = index % params.r;
  let slice = index / params.r;

  var sums: array<Lane, TAPS_S>;
  var row = slice * params.rowsPerSlice;
  let endRow = min(row + params.rowsPerSlice, params.n * params.p);
  // One loop over the tiles of all rows, and not one within another: a processor pays for each.
  var n = row / params.p;
  var p = row - n * params.p;
  var q = 0u;
  while (row < endRow) {
    let h = i32(p * params.strideHeight + r * params.dilationHeight) - i32(params.padTop);
    // A row above or below x has no column inside.
    let columns = select(0u, params.w, u32(h) < params.h);
    let rowOfX = (i32(n * params.h) + h) * i32(params.w);
    let left = i32(q * params.strideWidth + s * params.dilationWidth) - i32(params.padLeft);
    var xs: array<Lane, WINDOW>;
    #unroll
    for (var v = 0u; v < WINDOW; v++) {
      let column = left + i32(v / STEP_X * params.strideWidth + v % STEP_X);
      xs[v] = select(Lane(0.0), x[u32(rowOfX + column) * cLanes + c], u32(column) < columns);
    }
    #unroll
    for (var i = 0u; i < TILE_Q; i++) {
      let inside = q + i < params.q;
      let gradient = dy[(row * params.q + q + i) * kLanes + k];
      #unroll
      for (var tap = 0u; tap < TAPS_S; tap++) {
        sums[tap] = select(sums[tap], sums[tap] + xs[i * STEP_X + tap] * gradient, inside);
      }
    }
    q += TILE_Q;
    if (q >= params.q) {
      q = 0u;
      row++;
      p++;
      if (p == params.p) {
        p = 0u;
        n++;
      }
    }
  }

  let element = ((slice * params.r + r) * params.s + s) * kLanes + k;
  #unroll
  for (var tap = 0u; tap < TAPS_S; tap++) {
    var sum = sums[tap];
    if (ADD) {
      sum += partial[element + tap * kLanes];
    }
    partial[element + tap * kLanes] = sum;
  }
}

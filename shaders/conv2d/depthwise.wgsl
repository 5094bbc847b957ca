// Depthwise convolution: every output channel looks at one input channel.
//
// x nhwc, w hwio (one input channel a group), bias [k], y nhwc; float32.
//
//   y[n,p,q,k] = act(bias[k] + Σ_{r,s} x[n, p·stride + r·dilation − pad, q·stride + s·dilation − pad, k's channel] · w[r,s,0,k])
//
// One invocation computes TILE_Q neighbouring output columns, LANES neighbouring channels of each: four where every channel has one output.
// It takes TAPS_S neighbouring taps of a row at a time, which divide the row. What these read of neighbouring columns overlaps where a
// column's step, STEP_X, is shorter than TAPS_S: what they have in common is loaded once. Neighbouring invocations take neighbouring
// channels, so that all loads and stores coalesce.
// Edges: padding is a real zero, chosen by select; columns past the end of the row are computed and not stored.
// CPU twin: src/cpu/conv2d.ts

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
const HAS_BIAS: bool = false;
const RELU: bool = false;

struct Params {
  invocations: u32,
  firstWorkgroup: u32,
  gridWidth: u32,
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
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<Lane>;             // [n, h, w, c]
@group(0) @binding(2) var<storage, read> w: array<Lane>;             // [r, s, 1, k]
@group(0) @binding(3) var<storage, read> bias: array<Lane>;          // [k]; anything where HAS_BIAS is false
@group(0) @binding(4) var<storage, read_write> y: array<Lane>;       // [n, p, q, k]

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(invocation: Invocation) {
  var index = linearIndex(invocation, params.firstWorkgroup, params.gridWidth, WORKGROUP_SIZE);
  if (index >= params.invocations) {
    return;
  }
  let cLanes = params.c / LANES;
  let kLanes = params.k / LANES;
  let qTiles = ceilDivide(params.q, TILE_Q);
  let k = index % kLanes;
#if FOURS
  // Each channel has one output.
  let c = k;
#else
  let c = k / params.kPerGroup;
#endif
  index /= kLanes;
  let q0 = (index % qTiles) * TILE_Q;
  index /= qTiles;
  let p = index % params.p;
  let n = index / params.p;

  let left = i32(q0 * params.strideWidth) - i32(params.padLeft);
  var sums: array<Lane, TILE_Q>;
  // One loop over the taps, and not one within another: a processor pays for each.
  var r = 0u;
  var s = 0u;
  while (r < params.r) {
    let h = i32(p * params.strideHeight + r * params.dilationHeight) - i32(params.padTop);
    // A row above or below x has no column inside.
    let columns = select(0u, params.w, u32(h) < params.h);
    let row = (i32(n * params.h) + h) * i32(params.w);
    var xs: array<Lane, WINDOW>;
    #unroll
    for (var v = 0u; v < WINDOW; v++) {
      let column = left + i32(v / STEP_X * params.strideWidth + s * params.dilationWidth + v % STEP_X);
      xs[v] = select(Lane(0.0), x[u32(row + column) * cLanes + c], u32(column) < columns);
    }
    #unroll
    for (var tap = 0u; tap < TAPS_S; tap++) {
      let weight = w[(r * params.s + s + tap) * kLanes + k];
      #unroll
      for (var i = 0u; i < TILE_Q; i++) {
        sums[i] += xs[i * STEP_X + tap] * weight;
      }
    }
    s += TAPS_S;
    if (s == params.s) {
      s = 0u;
      r++;
    }
  }

  let output = ((n * params.p + p) * params.q + q0) * kLanes + k;
  #unroll
  for (var i = 0u; i < TILE_Q; i++) {
    var value = sums[i];
    if (HAS_BIAS) {
      value += bias[k];
    }
    if (RELU) {
      value = select(value, Lane(0.0), value < Lane(0.0));
    }
    if (q0 + i < params.q) {
      y[output + i * kLanes] = value;
    }
  }
}

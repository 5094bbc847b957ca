// Depthwise convolution: every output channel reads one input channel.
//
// x nhwc, w hwio (one input channel a group), bias [k], y nhwc; float32.
//
//   y[n,p,q,k] = act(bias[k] + Σ_{r,s} x[n, p·stride + r·dilation − pad, q·stride + s·dilation − pad, k's channel] · w[r,s,0,k])
//
// One invocation computes TILE_Q neighbouring output columns of a strip of rows, LANES neighbouring channels of each:
// four if every channel has one output. A step takes TAPS_R × TAPS_S neighbouring taps. If a column's step in x,
// STEP_X, is shorter than TAPS_S, neighbouring columns read some of the same values, which are loaded once. If a step
// takes all taps, the invocation WALKS down the strip with the weights in registers. For each output row it loads
// STEP_Y rows of x, and keeps the others from the row before. Then the first WARM_UP steps store nothing. Neighbouring
// invocations take neighbouring channels, so all loads and stores coalesce.
// Edges: padding is a real zero, chosen by select; columns past the end of the row are computed and not stored.
// Reference: src/runtime/reference/conv2d.ts

#import grid
#import lanes
#import longSums

override WORKGROUP_SIZE: u32 = 64;
override FOURS: bool = true;
override TILE_Q: u32 = 4;
override TAPS_S: u32 = 3;
// The distance between the loaded values of neighbouring columns. At most TAPS_S: then the columns share no value.
override STEP_X: u32 = 1;
// Values of a row of x in a step: STEP_X for each column except the last, and TAPS_S.
override WINDOW: u32 = 6;
override WALKS: bool = false;
override TAPS_R: u32 = 1;
// Rows of x that a step loads, and rows that it keeps: TAPS_R together.
override STEP_Y: u32 = 1;
override KEPT: u32 = 0;
override WARM_UP: u32 = 0;
override HAS_BIAS: bool = false;
override RELU: bool = false;

alias Sum = Lane;
const SUMS: u32 = TILE_Q;
const STEPS_OF_BLOCK: u32 = 8;

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
  rowsOfStrip: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<Lane>;             // [n, h, w, c]
@group(0) @binding(2) var<storage, read> w: array<Lane>;             // [r, s, 1, k]
@group(0) @binding(3) var<storage, read> bias: array<Lane>;          // [k]; not read if HAS_BIAS is false
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
  let k = takeDigit(&index, kLanes);
#if FOURS
  // Each channel has one output.
  let c = k;
#else
  let c = k / params.kPerGroup;
#endif
  let q0 = takeDigit(&index, qTiles) * TILE_Q;
  let strips = ceilDivide(params.p, params.rowsOfStrip);
  let firstP = takeDigit(&index, strips) * params.rowsOfStrip;
  let endP = min(firstP + params.rowsOfStrip, params.p);
  let n = index;

#if WALKS
  // The loop is not unrolled, because loads take long to compile.
  var table: array<Lane, TAPS_R * TAPS_S>;
  for (var i = 0u; i < TAPS_R * TAPS_S; i++) {
    table[i] = w[i * kLanes + k];
  }
  var weights: array<Lane, TAPS_R * TAPS_S>;
  #unroll
  for (var i = 0u; i < TAPS_R * TAPS_S; i++) {
    weights[i] = table[i];
  }
#endif

  let left = i32(q0 * params.strideWidth) - i32(params.padLeft);
  var xs: array<Lane, TAPS_R * WINDOW>;
  for (var p = i32(firstP) - i32(WARM_UP); p < i32(endP); p++) {
    var sums = array<Sum, SUMS>();
    var r = 0u;
    var s = 0u;
#if WALKS
    {
#else
    // One loop over the taps, not nested loops: each loop costs a software adapter time.
    while (r < params.r) {
#endif
      #unroll
      for (var v = 0u; v < KEPT * WINDOW; v++) {
        xs[v] = xs[v + STEP_Y * WINDOW];
      }
      #unroll
      for (var u = 0u; u < STEP_Y; u++) {
        let h = p * i32(params.strideHeight) + i32((r + KEPT + u) * params.dilationHeight) - i32(params.padTop);
        // In a row above or below x, no column is inside.
        let columns = select(0u, params.w, u32(h) < params.h);
        let row = (i32(n * params.h) + h) * i32(params.w);
        #unroll
        for (var v = 0u; v < WINDOW; v++) {
          let column = left + i32(v / STEP_X * params.strideWidth + s * params.dilationWidth + v % STEP_X);
          xs[(KEPT + u) * WINDOW + v] = select(Lane(0.0), x[u32(row + column) * cLanes + c], u32(column) < columns);
        }
      }
      #unroll
      for (var tap = 0u; tap < TAPS_R * TAPS_S; tap++) {
#if WALKS
        let weight = weights[tap];
#else
        let weight = w[(r * params.s + s + tap) * kLanes + k];
#endif
        #unroll
        for (var i = 0u; i < TILE_Q; i++) {
          sums[i] += xs[tap / TAPS_S * WINDOW + i * STEP_X + tap % TAPS_S] * weight;
        }
      }
#if LONG
      closeStep(&sums);
#endif
      s += TAPS_S;
      if (s == params.s) {
        s = 0u;
        r += TAPS_R;
      }
    }
#if LONG
    closeSums(&sums);
#endif
    let output = ((n * params.p + u32(p)) * params.q + q0) * kLanes + k;
    #unroll
    for (var i = 0u; i < TILE_Q; i++) {
      var value = sums[i];
      if (HAS_BIAS) {
        value += bias[k];
      }
      if (RELU) {
        value = relu(value);
      }
      if ((p >= i32(firstP)) & (q0 + i < params.q)) {
        y[output + i * kLanes] = value;
      }
    }
  }
}

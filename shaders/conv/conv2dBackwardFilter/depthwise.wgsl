// The gradient of a depthwise convolution's filter, one slice of the long sum.
//
// x nhwc, dy nhwc, dw hwio (one input channel a group); float32.
//
//   dw[r,s,0,k] = Σ_{n,p,q} x[n, p·stride + r·dilation − pad, q·stride + s·dilation − pad, k's channel] · dy[n,p,q,k]
//
// One invocation owns, for one slice of the sum, TAPS_R × TAPS_S neighbouring taps, LANES neighbouring channels of
// each: four if every channel has one output. It walks down strips of TILE_Q columns; a step is one output row. If a
// column's step in x, STEP_X, is shorter than TAPS_S, neighbouring columns read some of the same values, which are
// loaded once. A step loads STEP_Y rows of x, and keeps the others from the step before. The first WARM_UP steps of a
// strip only load. sumSlices.wgsl adds the slices in order.
// Edges: a position outside x is a real zero, chosen by select; TILE_Q divides the row. A strip's first steps leave the
// sums as they are.
// Reference: src/runtime/reference/conv2dBackwardFilter.ts

#import grid
#import lanes

override WORKGROUP_SIZE: u32 = 64;
override FOURS: bool = true;
override TILE_Q: u32 = 4;
override TAPS_S: u32 = 3;
override TAPS_R: u32 = 3;
// The distance between the loaded values of neighbouring columns. At most TAPS_S: then the columns share no value.
override STEP_X: u32 = 1;
// Values of a row of x in a step: STEP_X for each column except the last, and TAPS_S.
override WINDOW: u32 = 6;
// Rows of x that a step loads, and that it keeps: TAPS_R together.
override STEP_Y: u32 = 1;
override KEPT: u32 = 2;
override WARM_UP: u32 = 2;
// Whether an invocation's taps are only a part of the filter. A kernel for the whole filter compiles sooner.
override CUTS_TAPS: bool = true;
// Whether `partial` holds the sums over earlier images. This dispatch adds to them.
override ADD: bool = false;

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
  slices: u32,
  rowsOfStrip: u32,
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
  let k = takeDigit(&index, kLanes);
#if FOURS
  // Each channel has one output.
  let c = k;
#else
  let c = k / params.kPerGroup;
#endif
#if CUTS_TAPS
  let s = takeDigit(&index, params.s / TAPS_S) * TAPS_S;
  let r = takeDigit(&index, params.r / TAPS_R) * TAPS_R;
#else
  let s = 0u;
  let r = 0u;
#endif
  let slice = index;

  let tilesOfRow = ceilDivide(params.q, TILE_Q);
  let stripsOfImage = tilesOfRow * ceilDivide(params.p, params.rowsOfStrip);
  let stripsOfSlice = ceilDivide(params.n * stripsOfImage, params.slices);
  var strip = slice * stripsOfSlice;
  let endStrip = min(strip + stripsOfSlice, params.n * stripsOfImage);
  var n = strip / stripsOfImage;
  let stripInImage = strip - n * stripsOfImage;
  var firstP = stripInImage / tilesOfRow * params.rowsOfStrip;
  var q = stripInImage % tilesOfRow * TILE_Q;
  var p = i32(firstP) - i32(WARM_UP);
  var xs: array<Lane, TAPS_R * WINDOW>;
  var sums: array<Lane, TAPS_R * TAPS_S>;
  // One loop over the rows of all strips, not nested loops: each loop costs a software adapter time.
  while (strip < endStrip) {
    #unroll
    for (var v = 0u; v < KEPT * WINDOW; v++) {
      xs[v] = xs[v + STEP_Y * WINDOW];
    }
    let left = i32(q * params.strideWidth) - i32(params.padLeft);
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
    let output = u32((i32(n * params.p) + p) * i32(params.q)) + q;
    var next = sums;
    #unroll
    for (var i = 0u; i < TILE_Q; i++) {
      let gradient = dy[(output + i) * kLanes + k];
      #unroll
      for (var u = 0u; u < TAPS_R; u++) {
        #unroll
        for (var tap = 0u; tap < TAPS_S; tap++) {
          next[u * TAPS_S + tap] += xs[u * WINDOW + i * STEP_X + tap] * gradient;
        }
      }
    }
    let isWarm = p >= i32(firstP);
    #unroll
    for (var i = 0u; i < TAPS_R * TAPS_S; i++) {
      sums[i] = select(sums[i], next[i], isWarm);
    }
    p++;
    let endsStrip = p == i32(min(firstP + params.rowsOfStrip, params.p));
    strip += u32(endsStrip);
    q += u32(endsStrip) * TILE_Q;
    firstP += carry(&q, params.q) * params.rowsOfStrip;
    n += carry(&firstP, params.p);
    p = select(p, i32(firstP) - i32(WARM_UP), endsStrip);
  }

  // The loop is not unrolled, because stores take long to compile.
  var tile = sums;
  for (var i = 0u; i < TAPS_R * TAPS_S; i++) {
    let element = ((slice * params.r + r + i / TAPS_S) * params.s + s + i % TAPS_S) * kLanes + k;
    var sum = tile[i];
#if ADD
    sum += partial[element];
#endif
    partial[element] = sum;
  }
}

// The gradient of a depthwise convolution's input.
//
// dy nhwc, w hwio (one input channel a group), dx nhwc; float32.
//
//   dx[n,h,w,c] = Σ_{r,s,k of c} dy[n, (h + pad − r·dilation) / stride, (w + pad − s·dilation) / stride, k] · w[r,s,0,k]
//
// over the taps for which both divisions are exact and give an output that exists. With MASKED the gradient also goes
// through a ReLU (lib/masked.wgsl).
//
// One invocation owns TILE_W input columns, `strideWidth` apart, LANES neighbouring channels of each: four if every
// channel has one output. The same taps touch all of these columns, through neighbouring outputs, so one loaded weight
// serves all of them.
// Edges: if a tap reaches only some columns of the tile, select keeps the sums of the others.
// Reference: src/runtime/reference/conv2dBackwardInput.ts

#import grid
#import lanes
#import longSums
#import masked
#import taps

override WORKGROUP_SIZE: u32 = 64;
override FOURS: bool = true;
override TILE_W: u32 = 4;

alias Masked = Lane;
alias Sum = Lane;
const SUMS: u32 = TILE_W;
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
  tapStepHeight: u32,
  tapStepWidth: u32,
  outputStepHeight: u32,
  outputStepWidth: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> dy: array<Lane>;            // [n, p, q, k]
@group(0) @binding(2) var<storage, read> w: array<Lane>;             // [r, s, 1, k]
@group(0) @binding(3) var<storage, read_write> dx: array<Lane>;      // [n, h, w, c]

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(invocation: Invocation) {
  var index = linearIndex(invocation, params.firstWorkgroup, params.gridWidth, WORKGROUP_SIZE);
  if (index >= params.invocations) {
    return;
  }
  let cLanes = params.c / LANES;
  let kLanes = params.k / LANES;
  // The phases that have a column, and how many tiles the columns of one phase take.
  let phases = min(params.strideWidth, params.w);
  let wTiles = ceilDivide(ceilDivide(params.w, params.strideWidth), TILE_W);
  let c = takeDigit(&index, cLanes);
  let phase = takeDigit(&index, phases);
  let w0 = takeDigit(&index, wTiles) * TILE_W * params.strideWidth + phase;
  let h = takeDigit(&index, params.h);
  let n = index;

  // The first tap, and the output that it reaches; see lib/taps.wgsl. The next taps are found by steps, because a
  // division costs as much as a load.
  let firstRow = firstReach(h + params.padTop, params.strideHeight, params.dilationHeight, params.r);
  let firstColumn = firstReach(w0 + params.padLeft, params.strideWidth, params.dilationWidth, params.s);
  var sums: array<Sum, SUMS>;
  // One loop over the taps and their outputs, not nested loops: each loop costs a software adapter time.
  var r = firstRow.tap;
  var p = firstRow.output;
  var s = firstColumn.tap;
  var q0 = firstColumn.output;
  var j = 0u;
  while (r < params.r && s < params.s) {
    // A row of outputs that does not exist has no column.
    let columns = select(0u, params.q, u32(p) < params.p);
    let row = (i32(n * params.p) + p) * i32(params.q);
    // With four lanes each channel has one output.
    let k = c * params.kPerGroup + j;
    let weight = w[(r * params.s + s) * kLanes + k];
    #unroll
    for (var i = 0u; i < TILE_W; i++) {
      let q = q0 + i32(i);
      let gradient = dy[u32(row + q) * kLanes + k];
      sums[i] = select(sums[i], sums[i] + gradient * weight, u32(q) < columns);
    }
#if LONG
    closeStep(&sums);
#endif
    j++;
    goOn(&r, &p, &s, &q0, firstColumn, carry(&j, params.kPerGroup));
  }
#if LONG
  closeSums(&sums);
#endif

  // The loop is not unrolled, because stores take long to compile.
  var tile = sums;
  for (var i = 0u; i < TILE_W; i++) {
    let column = w0 + i * params.strideWidth;
    if (column < params.w) {
      let at = ((n * params.h + h) * params.w + column) * cLanes + c;
      dx[at] = masked(tile[i], at);
    }
  }
}

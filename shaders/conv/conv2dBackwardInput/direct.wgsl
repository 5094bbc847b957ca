// The gradient of a convolution's input by its definition: the general kernel, for every geometry.
//
// dy nhwc, w hwio, dx nhwc; float32.
//
//   dx[n,h,w,c] = Σ_{r,s,k} dy[n, (h + pad − r·dilation) / stride, (w + pad − s·dilation) / stride, k of c's group] · w[r,s,c,k]
//
// over the taps for which both divisions are exact and give an output that exists. With MASKED the gradient also goes
// through a ReLU (lib/masked.wgsl).
//
// One invocation owns TILE_W input columns, `strideWidth` apart, times TILE_C channels. The invocations of a quad
// (lib/quads.wgsl) take neighbouring channels of the same columns, and share the loads of dy. The same taps touch all
// of these columns, through neighbouring outputs. So a tile takes only the taps that reach it, and divides once. Each
// loaded filter value serves TILE_W columns.
// Edges: if a tap reaches only some columns of the tile, select keeps the sums of the others. A product with an output
// that does not exist would be NaN for an infinite filter value.
// Reference: src/runtime/reference/conv2dBackwardInput.ts

#import grid
#import kLanes
#import longSums
#import masked
#import quads
#import taps

override WORKGROUP_SIZE: u32 = 64;
override QUADS: bool = false;
override TILE_W: u32 = 4;
override TILE_C: u32 = 4;
// Columns that each invocation loads: in a quad, a quarter of the tile's columns, rounded up.
override OWN_W: u32 = 4;
// Whether the tile is one value.
override SINGLE: bool = false;
override K_FOURS: bool = true;

alias Shared = KLane;
alias Masked = f32;
alias Sum = KLane;
const SUMS: u32 = TILE_W * TILE_C;
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
  groups: u32,
  cPerGroup: u32,
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
@group(0) @binding(1) var<storage, read> dy: array<KLane>;           // [n, p, q, k]
@group(0) @binding(2) var<storage, read> w: array<KLane>;            // [r, s, cPerGroup, k]
@group(0) @binding(3) var<storage, read_write> dx: array<f32>;       // [n, h, w, c]

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(invocation: Invocation) {
  var index = linearIndex(invocation, params.firstWorkgroup, params.gridWidth, WORKGROUP_SIZE);
  if (index >= params.invocations) {
    return;
  }

  let inQuad = index % SHARING;
  index /= SHARING;
  // The phases that have a column, and how many tiles the columns of one phase take.
  let phases = min(params.strideWidth, params.w);
  let wTiles = ceilDivide(ceilDivide(params.w, params.strideWidth), TILE_W);
  let cTiles = ceilDivide(params.cPerGroup, TILE_C * SHARING);
  let firstC = (takeDigit(&index, cTiles) * SHARING + inQuad) * TILE_C;
  let group = takeDigit(&index, params.groups);
  let phase = takeDigit(&index, phases);
  let w0 = takeDigit(&index, wTiles) * TILE_W * params.strideWidth + phase;
  let h = takeDigit(&index, params.h);
  let n = index;

  // Lengths in the units in which dy and w are loaded.
  let pixel = params.k / K_LANES;
  let kGroup = params.kPerGroup / K_LANES;
  // The filter rows for the channels of this tile. Past the group's end, the last one repeats.
  var filterRow: array<u32, TILE_C>;
  #unroll
  for (var j = 0u; j < TILE_C; j++) {
    filterRow[j] = min(firstC + j, params.cPerGroup - 1u) * pixel + group * kGroup;
  }

  // The first tap, and the output that it reaches; see lib/taps.wgsl. The next taps are found by steps, because a
  // division costs as much as a load.
  let firstRow = firstReach(h + params.padTop, params.strideHeight, params.dilationHeight, params.r);
  let firstColumn = firstReach(w0 + params.padLeft, params.strideWidth, params.dilationWidth, params.s);
  // One loop over all steps, not nested loops: each loop that holds the sums takes long to compile.
  var r = firstRow.tap;
  var p = firstRow.output;
  var s = firstColumn.tap;
  var q0 = firstColumn.output;
  // Rows of outputs that do not exist come before and after those that do.
  while (p >= i32(params.p)) {
    r += params.tapStepHeight;
    p -= i32(params.outputStepHeight);
  }
  var k = 0u;
  var sums: array<Sum, SUMS>;
  while ((r < params.r) & (s < params.s) & (p >= 0)) {
    let first = (i32(n * params.p) + p) * i32(params.q * pixel) + i32(group * kGroup + k);
    var own: array<KLane, OWN_W>;
    #unroll
    for (var i = 0u; i < OWN_W; i++) {
      own[i] = dy[u32(first + (q0 + i32(i * SHARING + inQuad)) * i32(pixel))];
    }
    let tap = (r * params.s + s) * params.cPerGroup * pixel + k;
    #unroll
    for (var j = 0u; j < TILE_C; j++) {
      let weight = w[tap + filterRow[j]];
      #unroll
      for (var i = 0u; i < TILE_W; i++) {
        let sum = sums[i * TILE_C + j];
        let gradient = quadBroadcast(own[i / SHARING], i % SHARING);
        sums[i * TILE_C + j] = select(sum, sum + gradient * weight, u32(q0 + i32(i)) < params.q);
      }
    }
#if LONG
    closeStep(&sums);
#endif
    k++;
    goOn(&r, &p, &s, &q0, firstColumn, carry(&k, kGroup));
  }
#if LONG
  closeSums(&sums);
#endif

  // One loop stores everything, and it is not unrolled: stores and loops take long to compile.
  var tile = sums;
#if SINGLE
  let i = 0u;
  {
#else
  for (var i = 0u; i < TILE_W * TILE_C; i++) {
#endif
    let column = w0 + i / TILE_C * params.strideWidth;
    let c = firstC + i % TILE_C;
    if ((column < params.w) & (c < params.cPerGroup)) {
      let sum = vec4<f32>(tile[i]);
      let at = ((n * params.h + h) * params.w + column) * params.c + group * params.cPerGroup + c;
      dx[at] = masked(select(sum.x, (sum.x + sum.y) + (sum.z + sum.w), K_LANES == 4u), at);
    }
  }
}

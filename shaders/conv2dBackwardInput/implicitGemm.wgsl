// The gradient of a convolution's input as a matrix product over register tiles, for processors that pay dearly for barriers and loads.
//
// dy nhwc, w hwio, dx nhwc; float32.
//
//   dx[n,h,w,c] = Σ_{r,s,k} dy[n, (h + pad − r·dilation) / stride, (w + pad − s·dilation) / stride, k of c's group] · w[r,s,c,k]
//
// over the taps for which both divisions are exact and give an output that exists.
//
// One invocation owns TILE_W input columns, `strideWidth` apart, times TILE_C channels; those of a quad (lib/quads.wgsl) take
// neighbouring channels of the same columns, and share the loads of dy. Columns that far apart are touched by the same taps, through
// neighbouring outputs: the tile walks only taps that reach it and divides once a tap. A step takes 4 output channels: OWN_W + TILE_C
// loads of 4 values for 4 · TILE_W · TILE_C multiply-adds.
// Edges: where a tap reaches some columns of the tile only, the others get back the sums that they had before it: a product with an
// output that does not exist would be NaN for an infinite filter value. Both operands are zero past the end of the group.
// CPU twin: src/cpu/conv2dBackwardInput.ts

#import grid
#import quads
#import taps

const WORKGROUP_SIZE: u32 = 16;
const QUADS: bool = false;
const TILE_W: u32 = 10;
const TILE_C: u32 = 8;
// Columns that each invocation loads: a quarter of the tile's, rounded up, in a quad.
const OWN_W: u32 = 10;
// Whether the output channels of a group come in fours, so that four are one value.
const K_FOURS: bool = true;
#if K_FOURS
alias KLane = vec4<f32>;
const K_LANES: u32 = 4;
#else
alias KLane = f32;
const K_LANES: u32 = 1;
#endif

alias Shared = vec4<f32>;

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
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> dy: array<KLane>;           // [n, p, q, k]
@group(0) @binding(2) var<storage, read> w: array<KLane>;            // [r, s, cPerGroup, k]
@group(0) @binding(3) var<storage, read_write> dx: array<f32>;       // [n, h, w, c]

// Four neighbouring output channels of dy; zero in the place of those past the end of the group, before which `left` come.
fn loadDy(at: u32, left: u32) -> vec4<f32> {
#if K_FOURS
  return dy[at];
#else
  return select(vec4<f32>(0.0), vec4<f32>(dy[at], dy[at + 1u], dy[at + 2u], dy[at + 3u]), vec4<u32>(0u, 1u, 2u, 3u) < vec4<u32>(left));
#endif
}

// The same of w.
fn loadW(at: u32, left: u32) -> vec4<f32> {
#if K_FOURS
  return w[at];
#else
  return select(vec4<f32>(0.0), vec4<f32>(w[at], w[at + 1u], w[at + 2u], w[at + 3u]), vec4<u32>(0u, 1u, 2u, 3u) < vec4<u32>(left));
#endif
}

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(invocation: Invocation) {
  var index = linearIndex(invocation, params.firstWorkgroup, params.gridWidth, WORKGROUP_SIZE);
  if (index >= params.invocations) {
    return;
  }

  let lane = index % SHARING;
  index /= SHARING;
  // Phases that have a column (a phase is the columns that are the same modulo the stride), and the columns of one phase in tiles.
  let phases = min(params.strideWidth, params.w);
  let wTiles = ceilDivide(ceilDivide(params.w, params.strideWidth), TILE_W);
  let cTiles = ceilDivide(params.cPerGroup, TILE_C * SHARING);
  let firstC = ((index % cTiles) * SHARING + lane) * TILE_C;
  index /= cTiles;
  let group = index % params.groups;
  index /= params.groups;
  let phase = index % phases;
  index /= phases;
  let w0 = (index % wTiles) * TILE_W * params.strideWidth + phase;
  index /= wTiles;
  let h = index % params.h;
  let n = index / params.h;

  // Lengths as dy and w are loaded.
  let pixel = params.k / K_LANES;
  let kGroup = params.kPerGroup / K_LANES;
  // The filter rows of this tile's channels; those past the group's end repeat its last.
  var filterRow: array<u32, TILE_C>;
  #unroll
  for (var j = 0u; j < TILE_C; j++) {
    filterRow[j] = min(firstC + j, params.cPerGroup - 1u) * pixel + group * kGroup;
  }

  let paddedH = h + params.padTop;
  let paddedW = w0 + params.padLeft;
  let firstS = firstTap(paddedW, params.strideWidth, params.dilationWidth, params.s);
  var r = firstTap(paddedH, params.strideHeight, params.dilationHeight, params.r);
  var s = firstS;
  var sums: array<f32, TILE_W * TILE_C>;
  while (r < params.r && s < params.s) {
    let p = (i32(paddedH) - i32(r * params.dilationHeight)) / i32(params.strideHeight);
    // Exact, so that rounding towards zero does not matter for negative numbers.
    let q0 = (i32(paddedW) - i32(s * params.dilationWidth)) / i32(params.strideWidth);
    let reachesRow = r * params.dilationHeight <= paddedH && u32(p) < params.p;
    let first = ((i32(n * params.p) + p) * i32(params.q) + q0 + i32(lane)) * i32(pixel) + i32(group * kGroup);
    let tap = (r * params.s + s) * params.cPerGroup * pixel;
    let before = sums;
    for (var k = 0u; k < select(0u, kGroup, reachesRow); k += 4u / K_LANES) {
      var own: array<vec4<f32>, OWN_W>;
      #unroll
      for (var i = 0u; i < OWN_W; i++) {
        own[i] = loadDy(u32(first + i32(i * SHARING * pixel + k)), kGroup - k);
      }
      var weights: array<vec4<f32>, TILE_C>;
      #unroll
      for (var j = 0u; j < TILE_C; j++) {
        weights[j] = loadW(tap + filterRow[j] + k, kGroup - k);
      }
      #unroll
      for (var i = 0u; i < TILE_W; i++) {
        let gradients = quadBroadcast(own[i / SHARING], i % SHARING);
        #unroll
        for (var j = 0u; j < TILE_C; j++) {
          sums[i * TILE_C + j] += dot(gradients, weights[j]);
        }
      }
    }
    #unroll
    for (var i = 0u; i < TILE_W; i++) {
      let reached = u32(q0 + i32(i)) < params.q;
      #unroll
      for (var j = 0u; j < TILE_C; j++) {
        sums[i * TILE_C + j] = select(before[i * TILE_C + j], sums[i * TILE_C + j], reached);
      }
    }
    s += params.tapStepWidth;
    if (s >= params.s) {
      s = firstS;
      r += params.tapStepHeight;
    }
  }

  // Stored in a loop that is not written out, from an array that can be indexed: a store is dear to compile.
  var tile: array<f32, TILE_W * TILE_C>;
  #unroll
  for (var i = 0u; i < TILE_W * TILE_C; i++) {
    tile[i] = sums[i];
  }
  for (var i = 0u; i < TILE_W; i++) {
    let column = w0 + i * params.strideWidth;
    let element = ((n * params.h + h) * params.w + column) * params.c + group * params.cPerGroup + firstC;
    for (var j = 0u; column < params.w && j < min(TILE_C, params.cPerGroup - min(firstC, params.cPerGroup)); j++) {
      dx[element + j] = tile[i * TILE_C + j];
    }
  }
}

// Convolution as a matrix product over register tiles, for processors that pay dearly for barriers and loads: no workgroup memory.
//
// x nhwc, w hwio (its input channels are those of one group, a multiple of 4), bias [k], y nhwc; float32.
//
//   y[m,k] = act(bias[k] + Σ_e x[m,e] · w[e,k])   with m = (n, p, q), e = (r, s, c); x[m,e] is read where it lies, not copied
//
// One invocation computes TILE_Q neighbouring output columns times TILE_K lanes of 4 output channels of one group; those of a quad
// (lib/quads.wgsl) take neighbouring lanes of the same columns, and share the loads of x. Along e it reads runs of x that lie side by side:
// where taps are neighbours (dilation 1, one group) a run is a whole row of the filter, else one tap. A step takes 4 values of a run:
// OWN_Q + 4 · TILE_K loads of 4 values for 16 · TILE_Q · TILE_K multiply-adds.
// Edges: a position outside its row of x is a real zero, chosen by select; a tile that overhangs the row of outputs or the group computes on
// clamped addresses and stores nothing.
// CPU twin: src/cpu/conv2d.ts

#import conv2dForward
#import grid
#import kLanes
#import quads

const WORKGROUP_SIZE: u32 = 16;
const QUADS: bool = false;
const TILE_Q: u32 = 10;
const TILE_K: u32 = 2;
// Columns that each invocation loads: a quarter of the tile's, rounded up, in a quad.
const OWN_Q: u32 = 10;
const HAS_BIAS: bool = false;
const RELU: bool = false;
const K_FOURS: bool = true;

alias Shared = vec4<f32>;

struct Params {
  invocations: u32,
  firstWorkgroup: u32,
  gridWidth: u32,
  h: u32,
  w: u32,
  c: u32,
  r: u32,
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
  // How many runs a row of the filter is read in, and the length of one.
  runs: u32,
  runLength: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<vec4<f32>>;        // [n, h, w, c]
@group(0) @binding(2) var<storage, read> w: array<KLane>;            // [r, s, cPerGroup, k]
@group(0) @binding(3) var<storage, read> bias: array<KLane>;         // [k]; anything where HAS_BIAS is false
@group(0) @binding(4) var<storage, read_write> y: array<KLane>;      // [n, p, q, k]

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(invocation: Invocation) {
  var index = linearIndex(invocation, params.firstWorkgroup, params.gridWidth, WORKGROUP_SIZE);
  if (index >= params.invocations) {
    return;
  }

  let lane = index % SHARING;
  index /= SHARING;
  let kTiles = ceilDivide(params.kPerGroup, 4u * TILE_K * SHARING);
  let qTiles = ceilDivide(params.q, TILE_Q);
  let firstK = (takeDigit(&index, kTiles) * TILE_K * SHARING + lane) * 4u;
  let group = takeDigit(&index, params.groups);
  let q0 = takeDigit(&index, qTiles) * TILE_Q;
  let p = takeDigit(&index, params.p);
  let n = index;

  // The output channels of this tile, counted as w is loaded; those past the group's end repeat its last.
  let endK = (group + 1u) * params.kPerGroup;
  var kOfTile: array<u32, TILE_K>;
  #unroll
  for (var j = 0u; j < TILE_K; j++) {
    kOfTile[j] = min(group * params.kPerGroup + firstK + j * SHARING * 4u, endK - K_LANES) / K_LANES;
  }

  // Lengths as x and w are loaded.
  let rowOfW = params.k / K_LANES;
  let pixel = params.c / 4u;
  let rowOfX = params.w * pixel;
  let runLength = params.runLength / 4u;
  let step = i32(params.strideWidth * pixel);
  let left = (i32(q0 * params.strideWidth) - i32(params.padLeft)) * i32(pixel) + i32(group * params.cPerGroup / 4u) + i32(lane) * step;
  // One loop over all steps, and not one within another: each loop that the sums pass through is compiled dearly.
  var r = 0u;
  var run = 0u;
  var e = 0u;
  var row = 0u;
  var sums: array<vec4<f32>, TILE_Q * TILE_K>;
  while (r < params.r) {
    let h = i32(p * params.strideHeight + r * params.dilationHeight) - i32(params.padTop);
    // A row above or below x has no column inside.
    let columns = select(0u, rowOfX, u32(h) < params.h);
    let firstOfRow = (i32(n * params.h) + h) * i32(rowOfX);
    let start = left + i32(run * params.dilationWidth * pixel + e);
    var own: array<vec4<f32>, OWN_Q>;
    #unroll
    for (var i = 0u; i < OWN_Q; i++) {
      let column = start + i32(i * SHARING) * step;
      own[i] = select(vec4<f32>(0.0), x[u32(firstOfRow + column)], u32(column) < columns);
    }
    var weights: array<mat4x4<f32>, TILE_K>;
    #unroll
    for (var j = 0u; j < TILE_K; j++) {
      #unroll
      for (var i = 0u; i < 4; i++) {
        weights[j][i] = loadW(row + i * rowOfW, kOfTile[j], endK);
      }
    }
    #unroll
    for (var i = 0u; i < TILE_Q; i++) {
      let xs = quadBroadcast(own[i / SHARING], i % SHARING);
      #unroll
      for (var j = 0u; j < TILE_K; j++) {
        sums[i * TILE_K + j] += weights[j] * xs;
      }
    }
    row += 4u * rowOfW;
    e++;
    if (e == runLength) {
      e = 0u;
      run++;
      if (run == params.runs) {
        run = 0u;
        r++;
      }
    }
  }

  // Stored in one loop that is not written out, from an array that can be indexed: a store is dear to compile, and so is a loop.
  var tile = sums;
  for (var i = 0u; i < TILE_Q * TILE_K * 4u / K_LANES; i++) {
    let four = i * K_LANES / 4u;
    let q = q0 + four / TILE_K;
    let k = (group * params.kPerGroup + firstK + four % TILE_K * SHARING * 4u) / K_LANES + i % (4u / K_LANES);
    if ((q < params.q) & (k < endK / K_LANES)) {
#if K_FOURS
      let value = tile[i];
#else
      let value = tile[four][i % 4u];
#endif
      y[((n * params.p + p) * params.q + q) * rowOfW + k] = finish(value, k);
    }
  }
}

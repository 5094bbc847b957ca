// Convolution as a matrix product over register tiles, for software adapters.
//
// x nhwc, w hwio (its input channels are those of one group), bias [k], y nhwc; float32.
//
//   y[m,k] = act(bias[k] + Σ_e x[m,e] · w[e,k])   with m = (n, p, q), e = (r, s, c); x[m,e] is read where it lies, not copied
//
// One invocation computes TILE_Q neighbouring output columns times TILE_K lanes of 4 output channels of one group. The
// invocations of a quad (lib/quads.wgsl) take neighbouring lanes of the same columns, and share the loads of x. Along
// e, an invocation reads runs of neighbouring values of x. If taps are neighbours (dilation 1, one group), a run is a
// whole row of the filter; else it is one tap. A step takes STEP_E values of a run; STEP_E divides the run. One load
// brings four input channels, or one if they do not come in fours, as in pictures. If a column's step in x, STEP_X, is
// shorter than STEP_E, the runs of neighbouring columns overlap, and the common values are loaded once.
// Edges: a position outside its row of x is a real zero, chosen by select. A tile that overhangs the row of outputs or
// the group computes on clamped addresses; the overhang is not stored.
// Reference: src/runtime/reference/conv2d.ts

#import cLanes
#import conv2dForward
#import grid
#import kLanes
#import longSums
#import quads

override WORKGROUP_SIZE: u32 = 16;
override QUADS: bool = false;
override TILE_Q: u32 = 10;
override TILE_K: u32 = 2;
// Values of a run in one step.
override STEP_E: u32 = 4;
// These in fours, each a product with a matrix, the last filled up with zeros.
override FOURS_E: u32 = 1;
// The distance in lanes between the loaded values of neighbouring columns. At most the lanes of STEP_E: then the
// columns share no value.
override STEP_X: u32 = 1;
// Lanes of x that an invocation loads in a step: STEP_X for each of its columns except the last, and the lanes of
// STEP_E.
override WINDOW: u32 = 13;
override C_FOURS: bool = true;
override HAS_BIAS: bool = false;
override RELU: bool = false;
override K_FOURS: bool = true;

alias Shared = CLane;
alias Sum = vec4<f32>;
const SUMS: u32 = TILE_Q * TILE_K;
const STEPS_OF_BLOCK: u32 = 8;

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
  // How many runs a row of the filter has, and the length of a run.
  runs: u32,
  runLength: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<CLane>;            // [n, h, w, c]
@group(0) @binding(2) var<storage, read> w: array<KLane>;            // [r, s, cPerGroup, k]
@group(0) @binding(3) var<storage, read> bias: array<KLane>;         // [k]; not read if HAS_BIAS is false
@group(0) @binding(4) var<storage, read_write> y: array<KLane>;      // [n, p, q, k]

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(invocation: Invocation) {
  var index = linearIndex(invocation, params.firstWorkgroup, params.gridWidth, WORKGROUP_SIZE);
  if (index >= params.invocations) {
    return;
  }

  let inQuad = index % SHARING;
  index /= SHARING;
  let kTiles = ceilDivide(params.kPerGroup, 4u * TILE_K * SHARING);
  let qTiles = ceilDivide(params.q, TILE_Q);
  let firstK = (takeDigit(&index, kTiles) * TILE_K * SHARING + inQuad) * 4u;
  let group = takeDigit(&index, params.groups);
  let q0 = takeDigit(&index, qTiles) * TILE_Q;
  let p = takeDigit(&index, params.p);
  let n = index;

  // The output channels of this tile, in the units in which w is loaded. Past the group's end, the last one repeats.
  let endK = (group + 1u) * params.kPerGroup;
  var kOfTile: array<u32, TILE_K>;
  #unroll
  for (var j = 0u; j < TILE_K; j++) {
    kOfTile[j] = min(group * params.kPerGroup + firstK + j * SHARING * 4u, endK - K_LANES) / K_LANES;
  }

  // Lengths in the units in which x and w are loaded.
  let rowOfW = params.k / K_LANES;
  let pixel = params.c / C_LANES;
  let rowOfX = params.w * pixel;
  let runLength = params.runLength / C_LANES;
  let step = i32(params.strideWidth * pixel);
  let left = (i32(q0 * params.strideWidth) - i32(params.padLeft)) * i32(pixel) + i32(group * params.cPerGroup / C_LANES) + i32(inQuad) * step;
  // One loop over all steps, not nested loops: each loop that holds the sums takes long to compile.
  var r = 0u;
  var run = 0u;
  var e = 0u;
  var row = 0u;
  var sums: array<Sum, SUMS>;
  while (r < params.r) {
    let h = i32(p * params.strideHeight + r * params.dilationHeight) - i32(params.padTop);
    // In a row above or below x, no column is inside.
    let columns = select(0u, rowOfX, u32(h) < params.h);
    let firstOfRow = (i32(n * params.h) + h) * i32(rowOfX);
    let start = left + i32(run * params.dilationWidth * pixel + e);
    var own: array<CLane, WINDOW>;
    #unroll
    for (var v = 0u; v < WINDOW; v++) {
      let column = start + i32(v / STEP_X * SHARING) * step + i32(v % STEP_X);
      own[v] = select(CLane(0.0), x[u32(firstOfRow + column)], u32(column) < columns);
    }
    var weights: array<vec4<f32>, FOURS_E * 4 * TILE_K>;
    #unroll
    for (var i = 0u; i < STEP_E; i++) {
      #unroll
      for (var j = 0u; j < TILE_K; j++) {
        weights[i * TILE_K + j] = loadW(row + i * rowOfW, kOfTile[j], endK);
      }
    }
    #unroll
    for (var i = 0u; i < TILE_Q; i++) {
      var xs: array<f32, FOURS_E * 4>;
#if C_FOURS
      let values = quadBroadcast(own[i / SHARING], i % SHARING);
      #unroll
      for (var v = 0u; v < 4; v++) {
        xs[v] = values[v];
      }
#else
      #unroll
      for (var v = 0u; v < STEP_E; v++) {
        xs[v] = quadBroadcast(own[i / SHARING * STEP_X + v], i % SHARING);
      }
#endif
      #unroll
      for (var j = 0u; j < TILE_K; j++) {
        var sum = sums[i * TILE_K + j];
        #unroll
        for (var four = 0u; four < FOURS_E; four++) {
          let rows = mat4x4<f32>(
            weights[four * 4u * TILE_K + j],
            weights[(four * 4u + 1u) * TILE_K + j],
            weights[(four * 4u + 2u) * TILE_K + j],
            weights[(four * 4u + 3u) * TILE_K + j],
          );
          sum += rows * vec4<f32>(xs[four * 4u], xs[four * 4u + 1u], xs[four * 4u + 2u], xs[four * 4u + 3u]);
        }
        sums[i * TILE_K + j] = sum;
      }
    }
#if LONG
    closeStep(&sums);
#endif
    row += STEP_E * rowOfW;
    e += STEP_E / C_LANES;
    run += carry(&e, runLength);
    r += carry(&run, params.runs);
  }
#if LONG
  closeSums(&sums);
#endif

  // One loop stores everything, and it is not unrolled: stores and loops take long to compile.
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

// The gradient of a convolution's filter as a matrix product over register tiles, for software adapters.
//
// x nhwc, dy nhwc, dw hwio; float32.
//
//   dw[r,e,k] = Σ_{n,p,q} x[n, p·stride + r·dilation − pad, the value at e from column q·stride − pad on] · dy[n,p,q,k]   with e = (s, c)
//
// One invocation sums, for one row of the filter, TILE_E times 4 neighbouring values of e, by TILE_K lanes of 4 output
// channels, over a slice of the output rows. sumSlices.wgsl adds the slices in order. Along e, an invocation reads runs
// of neighbouring values of x. If taps are neighbours (dilation 1, one group), a run is a whole row of the filter; else
// it is one tap. The invocations of a quad (lib/quads.wgsl) take neighbouring lanes of output channels, and share the
// loads of x. A step takes four columns: OWN_COLUMNS · TILE_E + 4 · TILE_K loads of 4 values for 64 · TILE_E · TILE_K
// multiply-adds.
// Edges: a position outside its row of x is a real zero, chosen by select. Both operands are zero for columns past the
// end of a row. A tile that overhangs the run or the group computes on clamped addresses, or on its neighbours; the
// overhang is not stored.
// Reference: src/runtime/reference/conv2dBackwardFilter.ts

#import cLanes
#import grid
#import kLanes
#import quads

override WORKGROUP_SIZE: u32 = 16;
override QUADS: bool = false;
override TILE_E: u32 = 2;
override TILE_K: u32 = 2;
// Columns of x that each invocation loads in a step: one in a quad, four without quads.
override OWN_COLUMNS: u32 = 4;
// Whether `partial` holds the sums over earlier images. This dispatch adds to them.
override ADD: bool = false;
override C_FOURS: bool = true;
override K_FOURS: bool = true;

alias Shared = vec4<f32>;

struct Params {
  invocations: u32,
  firstWorkgroup: u32,
  gridWidth: u32,
  n: u32,
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
  rowsPerSlice: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<CLane>;                // [n, h, w, c]
@group(0) @binding(2) var<storage, read> dy: array<KLane>;               // [n, p, q, k]
@group(0) @binding(3) var<storage, read_write> partial: array<KLane>;    // [slices, r, s, cPerGroup, k]

// Four neighbouring values of x, from element `at` on. Values outside the row are zero.
fn loadX(at: u32, column: u32, columns: u32) -> vec4<f32> {
#if C_FOURS
  return select(vec4<f32>(0.0), x[at], column < columns);
#else
  let inside = vec4<u32>(column, column + 1u, column + 2u, column + 3u) < vec4<u32>(columns);
  return select(vec4<f32>(0.0), vec4<f32>(x[at], x[at + 1u], x[at + 2u], x[at + 3u]), inside);
#endif
}

// Four neighbouring output channels of dy. Past the end of the group, the last channel repeats.
fn loadDy(pixel: u32, k: u32, endK: u32) -> vec4<f32> {
#if K_FOURS
  return dy[pixel + k];
#else
  let last = endK - 1u;
  return vec4<f32>(dy[pixel + k], dy[pixel + min(k + 1u, last)], dy[pixel + min(k + 2u, last)], dy[pixel + min(k + 3u, last)]);
#endif
}

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(invocation: Invocation) {
  var index = linearIndex(invocation, params.firstWorkgroup, params.gridWidth, WORKGROUP_SIZE);
  if (index >= params.invocations) {
    return;
  }

  let inQuad = index % SHARING;
  index /= SHARING;
  let kTiles = ceilDivide(params.kPerGroup, 4u * TILE_K * SHARING);
  let eTiles = ceilDivide(params.runLength, 4u * TILE_E);
  let firstK = (takeDigit(&index, kTiles) * TILE_K * SHARING + inQuad) * 4u;
  let group = takeDigit(&index, params.groups);
  let firstE = takeDigit(&index, eTiles) * TILE_E * 4u;
  let run = takeDigit(&index, params.runs);
  let r = takeDigit(&index, params.r);
  let slice = index;

  // The output channels of this tile, in the units in which dy is loaded. Past the group's end, the last one repeats.
  let endK = (group + 1u) * params.kPerGroup;
  var kOfTile: array<u32, TILE_K>;
  #unroll
  for (var j = 0u; j < TILE_K; j++) {
    kOfTile[j] = min(group * params.kPerGroup + firstK + j * SHARING * 4u, endK - K_LANES) / K_LANES;
  }

  // Lengths in the units in which x and dy are loaded.
  let pixelOfX = params.c / C_LANES;
  let rowOfX = params.w * pixelOfX;
  let pixelOfDy = params.k / K_LANES;
  let step = i32(params.strideWidth * pixelOfX);
  let left = (i32(run * params.dilationWidth) - i32(params.padLeft)) * i32(pixelOfX) + i32((group * params.cPerGroup + firstE) / C_LANES) + i32(inQuad) * step;

  // sums[(i · 4 + e) · TILE_K + j]: value (i, e) of the run, output channels j. One loop over the steps of all rows of
  // the slice, not nested loops: each loop that holds the sums takes long to compile.
  var sums: array<vec4<f32>, TILE_E * 4 * TILE_K>;
  let firstRow = slice * params.rowsPerSlice;
  let endRow = min(firstRow + params.rowsPerSlice, params.n * params.p);
  var n = firstRow / params.p;
  var p = firstRow - n * params.p;
  var q = 0u;
  while (n * params.p + p < endRow) {
    let h = i32(p * params.strideHeight + r * params.dilationHeight) - i32(params.padTop);
    // In a row above or below x, no column is inside.
    let columns = select(0u, rowOfX, u32(h) < params.h);
    let firstOfRow = (i32(n * params.h) + h) * i32(rowOfX);
    var own: array<vec4<f32>, OWN_COLUMNS * TILE_E>;
    #unroll
    for (var column = 0u; column < OWN_COLUMNS; column++) {
      let at = left + i32(q + column * SHARING) * step;
      let columnsLeft = select(0u, columns, q + column * SHARING + inQuad < params.q);
      #unroll
      for (var i = 0u; i < TILE_E; i++) {
        let e = i32(i * 4u / C_LANES);
        own[column * TILE_E + i] = loadX(u32(firstOfRow + at + e), u32(at + e), columnsLeft);
      }
    }
    let output = ((n * params.p + p) * params.q + q) * pixelOfDy;
    var gradients: array<mat4x4<f32>, TILE_K>;
    #unroll
    for (var column = 0u; column < 4; column++) {
      #unroll
      for (var j = 0u; j < TILE_K; j++) {
        let values = loadDy(output + column * pixelOfDy, kOfTile[j], endK);
        gradients[j][column] = select(vec4<f32>(0.0), values, q + column < params.q);
      }
    }
    #unroll
    for (var i = 0u; i < TILE_E; i++) {
      var xs: array<vec4<f32>, 4>;
      #unroll
      for (var column = 0u; column < 4; column++) {
        xs[column] = quadBroadcast(own[(column / SHARING) * TILE_E + i], column % SHARING);
      }
      #unroll
      for (var e = 0u; e < 4; e++) {
        #unroll
        for (var j = 0u; j < TILE_K; j++) {
          sums[(i * 4u + e) * TILE_K + j] += gradients[j] * vec4<f32>(xs[0][e], xs[1][e], xs[2][e], xs[3][e]);
        }
      }
    }
    q += 4u;
    p += carry(&q, params.q);
    n += carry(&p, params.p);
  }

  // One loop stores everything, and it is not unrolled: stores and loops take long to compile.
  var tile = sums;
  let firstOfRun = ((slice * params.r + r) * params.runs + run) * params.runLength;
  for (var i = 0u; i < TILE_E * 4 * TILE_K * 4u / K_LANES; i++) {
    let four = i * K_LANES / 4u;
    let e = firstE + four / TILE_K;
    let k = (group * params.kPerGroup + firstK + four % TILE_K * SHARING * 4u) / K_LANES + i % (4u / K_LANES);
    if ((e < params.runLength) & (k < endK / K_LANES)) {
#if K_FOURS
      var sum = tile[i];
#else
      var sum = tile[four][i % 4u];
#endif
      let element = (firstOfRun + e) * pixelOfDy + k;
#if ADD
      sum += partial[element];
#endif
      partial[element] = sum;
    }
  }
}

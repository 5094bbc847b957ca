// Convolution as a matrix product over tiles in workgroup memory, for GPUs.
//
// x nhwc, w hwio, bias [k], y nhwc; float32; channels of a group in multiples of 4.
//
//   y[m,k] = act(bias[k] + Σ_{r,s,c} x[pixel of m at tap (r, s), c] · w[r,s,c,k])   with m = (n, p, q)
//
// A workgroup of 8 × 8 invocations computes 8 · TILE_M pixels times 8 · TILE_N lanes of 4 output channels. In each step it brings 16 channels
// of one tap of its pixels, and as many rows of the filter, to workgroup memory, by loads of 4 channels that coalesce; then each invocation
// multiplies TILE_M pixels by TILE_N lanes in registers: for each four channels it reads TILE_M + 4 · TILE_N vectors for 16 · TILE_M · TILE_N
// multiply-adds. Where there are too few pixels to fill a GPU, the steps are cut in slices that run side by side (SLICED): y is then [slice, n, p, q, k],
// without bias and activation, and sumSlices.wgsl adds the slices in order.
// Edges: padding, pixels past the last and channels past the group's end are zero in both operands, and are not stored.
// CPU twin: src/cpu/conv2d.ts

#import grid

const WORKGROUP_SIZE: u32 = 64;
const TILE_M: u32 = 8;
const TILE_N: u32 = 2;
// Vectors of x that an invocation brings in a step: (8 · TILE_M) · 4 / 64; and of w: 16 · (8 · TILE_N) / 64.
const LOADS_M: u32 = 4;
const LOADS_N: u32 = 4;
const HAS_BIAS: bool = false;
const RELU: bool = false;
const SLICED: bool = false;

const BLOCK_M = 8u * TILE_M;
const BLOCK_N = 8u * TILE_N;

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
  groups: u32,
  cPerGroup: u32,
  kPerGroup: u32,
  strideHeight: u32,
  strideWidth: u32,
  dilationHeight: u32,
  dilationWidth: u32,
  padTop: u32,
  padLeft: u32,
  stepsPerSlice: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<vec4<f32>>;            // [n, h, w, c]
@group(0) @binding(2) var<storage, read> w: array<vec4<f32>>;            // [r, s, cPerGroup, k]
@group(0) @binding(3) var<storage, read> bias: array<vec4<f32>>;         // [k]; anything where HAS_BIAS is false
@group(0) @binding(4) var<storage, read_write> y: array<vec4<f32>>;      // [n, p, q, k]; where SLICED [slice, n, p, q, k]

var<workgroup> xs: array<vec4<f32>, BLOCK_M * 4>;     // [pixel, 4 lanes of channels]
var<workgroup> ws: array<vec4<f32>, 16 * BLOCK_N>;    // [16 channels, lane of output channels]

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(@builtin(workgroup_id) id: vec3<u32>, @builtin(local_invocation_index) local: u32) {
  var workgroup = linearWorkgroup(id, params.firstWorkgroup, params.gridWidth);
  if (workgroup * WORKGROUP_SIZE >= params.invocations) {
    return;
  }
  // Lengths in lanes.
  let cLanes = params.c / 4u;
  let kLanes = params.k / 4u;
  let cGroup = params.cPerGroup / 4u;
  let kGroup = params.kPerGroup / 4u;
  let kTiles = ceilDivide(kGroup, BLOCK_N);

  let firstK = (workgroup % kTiles) * BLOCK_N;
  workgroup /= kTiles;
  let group = workgroup % params.groups;
  workgroup /= params.groups;
  let pixels = params.n * params.p * params.q;
  let mTiles = ceilDivide(pixels, BLOCK_M);
  let firstM = workgroup % mTiles * BLOCK_M;
  let slice = workgroup / mTiles;

  // The pixels that this invocation brings, one every 16 of the tile: the first row of the image in x, and where the window begins. A window of
  // a pixel that does not exist begins below every row.
  var firstRow: array<i32, LOADS_M>;
  var top: array<i32, LOADS_M>;
  var left: array<i32, LOADS_M>;
  #unroll
  for (var i = 0u; i < LOADS_M; i++) {
    let m = firstM + i * 16u + local / 4u;
    let row = m / params.q;
    let n = row / params.p;
    firstRow[i] = i32(n * params.h);
    top[i] = select(i32(params.h), i32((row - n * params.p) * params.strideHeight) - i32(params.padTop), m < pixels);
    left[i] = i32((m - row * params.q) * params.strideWidth) - i32(params.padLeft);
  }

  let tileM = local / 8u * TILE_M;
  let tileN = local % 8u;
  var sums: array<vec4<f32>, TILE_M * TILE_N>;
  // The steps of this slice, the channels of a tap before the next tap.
  let stepsOfTap = ceilDivide(cGroup, 4u);
  let firstStep = slice * params.stepsPerSlice;
  let endStep = min(firstStep + params.stepsPerSlice, params.r * params.s * stepsOfTap);
  var tap = firstStep / stepsOfTap;
  var c0 = (firstStep - tap * stepsOfTap) * 4u;
  for (var step = firstStep; step < endStep; step++) {
    let r = tap / params.s;
    let s = tap - r * params.s;
    let c = c0 + local % 4u;
    #unroll
    for (var i = 0u; i < LOADS_M; i++) {
      let h = top[i] + i32(r * params.dilationHeight);
      let column = left[i] + i32(s * params.dilationWidth);
      let inside = u32(h) < params.h && u32(column) < params.w && c < cGroup;
      let at = u32((firstRow[i] + h) * i32(params.w) + column) * cLanes + group * cGroup + c;
      xs[(i * 16u + local / 4u) * 4u + local % 4u] = select(vec4<f32>(0.0), x[select(0u, at, inside)], inside);
    }
    #unroll
    for (var i = 0u; i < LOADS_N; i++) {
      let element = i * 64u + local;
      let channel = c0 * 4u + element / BLOCK_N;
      let k = firstK + element % BLOCK_N;
      let inside = channel < params.cPerGroup && k < kGroup;
      let at = (tap * params.cPerGroup + channel) * kLanes + group * kGroup + k;
      ws[element] = select(vec4<f32>(0.0), w[select(0u, at, inside)], inside);
    }
    workgroupBarrier();
    for (var four = 0u; four < 4u; four++) {
      var a: array<vec4<f32>, TILE_M>;
      #unroll
      for (var i = 0u; i < TILE_M; i++) {
        a[i] = xs[(tileM + i) * 4u + four];
      }
      #unroll
      for (var e = 0u; e < 4; e++) {
        #unroll
        for (var j = 0u; j < TILE_N; j++) {
          let b = ws[(four * 4u + e) * BLOCK_N + tileN + j * 8u];
          #unroll
          for (var i = 0u; i < TILE_M; i++) {
            sums[i * TILE_N + j] += a[i][e] * b;
          }
        }
      }
    }
    workgroupBarrier();
    c0 += 4u;
    if (c0 >= cGroup) {
      c0 = 0u;
      tap++;
    }
  }

  #unroll
  for (var j = 0u; j < TILE_N; j++) {
    let kInGroup = firstK + tileN + j * 8u;
    let k = group * kGroup + kInGroup;
    #unroll
    for (var i = 0u; i < TILE_M; i++) {
      let m = firstM + tileM + i;
      if (m < pixels && kInGroup < kGroup) {
        var value = sums[i * TILE_N + j];
        if (HAS_BIAS && !SLICED) {
          value += bias[k];
        }
        if (RELU && !SLICED) {
          value = select(value, vec4<f32>(0.0), value < vec4<f32>(0.0));
        }
        y[(slice * pixels + m) * kLanes + k] = value;
      }
    }
  }
}

// The gradient of a convolution's filter as a matrix product over tiles in workgroup memory, one slice of the long sum, for GPUs.
//
// x nhwc, dy nhwc, dw hwio; float32; channels of a group in multiples of 4.
//
//   dw[r,s,c,k] = Σ_{n,p,q} x[n, p·stride + r·dilation − pad, q·stride + s·dilation − pad, c of k's group] · dy[n,p,q,k]
//
// A workgroup of 8 × 8 invocations computes, for one tap and one slice of the output rows, 8 · TILE_M lanes of 4 input channels times
// 8 · TILE_N lanes of 4 output channels. In each step it brings both of 16 output pixels to workgroup memory, by loads that coalesce; then each
// invocation adds 16 outer products in registers, each of TILE_M + TILE_N vectors for 16 · TILE_M · TILE_N multiply-adds. sumSlices.wgsl adds the
// slices in order.
// Edges: padding, pixels past the slice's last and channels past the group's end are zero in both operands.
// CPU twin: src/cpu/conv2dBackwardFilter.ts

#import grid

const WORKGROUP_SIZE: u32 = 64;
const TILE_M: u32 = 2;
const TILE_N: u32 = 2;
// Vectors of x that an invocation brings in a step: 16 · (8 · TILE_M) / 64; and of dy alike.
const LOADS_M: u32 = 4;
const LOADS_N: u32 = 4;
// Whether `partial` holds the sums over earlier images, to be added to.
const ADD: bool = false;

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
  rowsPerSlice: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<vec4<f32>>;                // [n, h, w, c]
@group(0) @binding(2) var<storage, read> dy: array<vec4<f32>>;               // [n, p, q, k]
@group(0) @binding(3) var<storage, read_write> partial: array<vec4<f32>>;    // [slices, r, s, cPerGroup, k]

var<workgroup> xs: array<vec4<f32>, 16 * BLOCK_M>;    // [pixel, lane of input channels]
var<workgroup> ys: array<vec4<f32>, 16 * BLOCK_N>;    // [pixel, lane of output channels]

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
  let cTiles = ceilDivide(cGroup, BLOCK_M);

  let firstK = (workgroup % kTiles) * BLOCK_N;
  workgroup /= kTiles;
  let group = workgroup % params.groups;
  workgroup /= params.groups;
  let firstC = (workgroup % cTiles) * BLOCK_M;
  workgroup /= cTiles;
  let s = workgroup % params.s;
  workgroup /= params.s;
  let r = workgroup % params.r;
  let slice = workgroup / params.r;

  let firstPixel = slice * params.rowsPerSlice * params.q;
  let endPixel = min(firstPixel + params.rowsPerSlice * params.q, params.n * params.p * params.q);
  let tileM = local / 8u;
  let tileN = local % 8u;
  // sums[(i · 4 + lane) · TILE_N + j]: input channel (i, lane), output channels j.
  var sums: array<vec4<f32>, TILE_M * 4 * TILE_N>;
  for (var first = firstPixel; first < endPixel; first += 16u) {
    #unroll
    for (var i = 0u; i < LOADS_M; i++) {
      let element = i * 64u + local;
      let pixel = first + element / BLOCK_M;
      let c = firstC + element % BLOCK_M;
      let row = pixel / params.q;
      let n = row / params.p;
      let h = i32((row - n * params.p) * params.strideHeight + r * params.dilationHeight) - i32(params.padTop);
      let column = i32((pixel - row * params.q) * params.strideWidth + s * params.dilationWidth) - i32(params.padLeft);
      let inside = pixel < endPixel && u32(h) < params.h && u32(column) < params.w && c < cGroup;
      let at = u32((i32(n * params.h) + h) * i32(params.w) + column) * cLanes + group * cGroup + c;
      xs[element] = select(vec4<f32>(0.0), x[select(0u, at, inside)], inside);
    }
    #unroll
    for (var i = 0u; i < LOADS_N; i++) {
      let element = i * 64u + local;
      let pixel = first + element / BLOCK_N;
      let k = firstK + element % BLOCK_N;
      let inside = pixel < endPixel && k < kGroup;
      ys[element] = select(vec4<f32>(0.0), dy[select(0u, pixel * kLanes + group * kGroup + k, inside)], inside);
    }
    workgroupBarrier();
    for (var pixel = 0u; pixel < 16u; pixel++) {
      var b: array<vec4<f32>, TILE_N>;
      #unroll
      for (var j = 0u; j < TILE_N; j++) {
        b[j] = ys[pixel * BLOCK_N + tileN + j * 8u];
      }
      #unroll
      for (var i = 0u; i < TILE_M; i++) {
        let a = xs[pixel * BLOCK_M + tileM + i * 8u];
        #unroll
        for (var lane = 0u; lane < 4; lane++) {
          #unroll
          for (var j = 0u; j < TILE_N; j++) {
            sums[(i * 4u + lane) * TILE_N + j] += a[lane] * b[j];
          }
        }
      }
    }
    workgroupBarrier();
  }

  let tap = (slice * params.r + r) * params.s + s;
  #unroll
  for (var i = 0u; i < TILE_M; i++) {
    let c = firstC + tileM + i * 8u;
    #unroll
    for (var lane = 0u; lane < 4; lane++) {
      #unroll
      for (var j = 0u; j < TILE_N; j++) {
        let k = firstK + tileN + j * 8u;
        if (c < cGroup && k < kGroup) {
          let element = (tap * params.cPerGroup + c * 4u + lane) * kLanes + group * kGroup + k;
          var sum = sums[(i * 4u + lane) * TILE_N + j];
          if (ADD) {
            sum += partial[element];
          }
          partial[element] = sum;
        }
      }
    }
  }
}

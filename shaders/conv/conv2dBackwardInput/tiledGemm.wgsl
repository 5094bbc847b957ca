// The gradient of a convolution's input as a matrix product over tiles in workgroup memory, for GPUs.
//
// dy nhwc, w hwio, wTransposed is w with its channels exchanged, dx nhwc; float32; input channels of a group in
// multiples of 4.
//
//   dx[n,h,w,c] = Σ_{r,s,k} dy[n, (h + pad − r·dilation) / stride, (w + pad − s·dilation) / stride, k of c's group] · w[r,s,c,k]
//
// over the taps for which both divisions are exact and give an output that exists. With MASKED the gradient also goes
// through a ReLU (lib/masked.wgsl).
//
// A workgroup of 8 × COLUMNS invocations owns 32 · TILE_M pixels of one stride phase times 4 · COLUMNS channels. The
// same taps touch all pixels of a phase, so there are no products with known zeros. Each step loads 16 output channels
// of one tap to workgroup memory: of dy by loads of 4, of the transposed filter by fours of input channels. Then each
// invocation multiplies 4 · TILE_M pixels by 4 channels in registers. For each output channel it reads TILE_M + 1
// vectors for 16 · TILE_M multiply-adds. The loads of the next step run at the same time.
// Edges: an output that does not exist counts as zero, and so do both operands past the end of the group. Zero times an
// infinite filter value is NaN. If a sum is NaN, the invocation computes its elements again by `gather`, which takes
// only the products that reach an element.
// Reference: src/runtime/reference/conv2dBackwardInput.ts

#import conv2dBackwardInputElement
#import grid
#import kLanes
#import longSums
#import masked
#import taps

override WORKGROUP_SIZE: u32 = 128;
override TILE_M: u32 = 2;
override K_FOURS: bool = true;

alias Masked = vec4<f32>;
alias Sum = vec4<f32>;
const SUMS: u32 = 4 * TILE_M;
const STEPS_OF_BLOCK: u32 = 2;

const COLUMNS = WORKGROUP_SIZE / 8u;
const WORKGROUP_TILE_M = 32u * TILE_M;
// The pitch of a row of ys. It is odd, so rows begin in different banks.
const PITCH = WORKGROUP_TILE_M / 4u + 1u;

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
  tapStepHeight: u32,
  tapStepWidth: u32,
  outputStepHeight: u32,
  outputStepWidth: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> dy: array<KLane>;              // [n, p, q, k]
@group(0) @binding(2) var<storage, read> w: array<KLane>;               // [r, s, cPerGroup, k]
@group(0) @binding(3) var<storage, read> wTransposed: array<vec4<f32>>; // [r, s, k, cPerGroup]
@group(0) @binding(4) var<storage, read_write> dx: array<vec4<f32>>;    // [n, h, w, c]

var<workgroup> ys: array<vec4<f32>, 16 * PITCH>;      // [output channel, 4 pixels]
var<workgroup> ws: array<vec4<f32>, 16 * COLUMNS>;    // [output channel, lane of channels]

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(@builtin(workgroup_id) id: vec3<u32>, @builtin(local_invocation_index) local: u32) {
  var workgroup = linearWorkgroup(id, params.firstWorkgroup, params.gridWidth);
  if (workgroup * WORKGROUP_SIZE >= params.invocations) {
    return;
  }
  // Lengths in lanes.
  let kLanes = params.k / K_LANES;
  let kGroup = params.kPerGroup / K_LANES;
  let cLanes = params.c / 4u;
  let cGroup = params.cPerGroup / 4u;
  let cTiles = ceilDivide(cGroup, COLUMNS);
  // Phases that have a pixel, and the rows and columns of the largest phase.
  let phasesOfRows = min(params.strideHeight, params.h);
  let phasesOfColumns = min(params.strideWidth, params.w);
  let rows = ceilDivide(params.h, params.strideHeight);
  let columns = ceilDivide(params.w, params.strideWidth);

  let firstC = (workgroup % cTiles) * COLUMNS;
  workgroup /= cTiles;
  let group = workgroup % params.groups;
  workgroup /= params.groups;
  let phaseOfRow = workgroup % phasesOfRows;
  workgroup /= phasesOfRows;
  let phaseOfColumn = workgroup % phasesOfColumns;
  let firstM = workgroup / phasesOfColumns * WORKGROUP_TILE_M;

  // In each step this invocation loads one lane of output channels of dy, for two pixels. top, left and start are the
  // positions of these pixels in their phase. at is the position in dy for a tap, and inside tells whether it exists.
  // They are computed once for each tap. Computed in each step, they take a tenth of the whole time on an H100.
  let pixels = params.n * rows * columns;
  var top: array<i32, 2>;
  var left: array<i32, 2>;
  var start: array<i32, 2>;
  var at: array<u32, 2>;
  var inside: array<bool, 2>;
  #unroll
  for (var i = 0u; i < 2; i++) {
    let m = min(firstM + (i * WORKGROUP_SIZE + local) / 4u, pixels - 1u);
    let row = m / columns;
    let n = row / rows;
    top[i] = i32(row - n * rows);
    left[i] = i32(m - row * columns);
    start[i] = i32(n * params.p) + top[i];
  }
  let firstRow = firstReach(phaseOfRow + params.padTop, params.strideHeight, params.dilationHeight, params.r);
  let firstColumn = firstReach(phaseOfColumn + params.padLeft, params.strideWidth, params.dilationWidth, params.s);
  let tapRows = ceilDivide(max(params.r, firstRow.tap) - firstRow.tap, params.tapStepHeight);
  let tapColumns = ceilDivide(max(params.s, firstColumn.tap) - firstColumn.tap, params.tapStepWidth);
  let steps = tapRows * tapColumns * ceilDivide(params.kPerGroup, 16u);
  var r = firstRow.tap;
  var s = firstColumn.tap;
  var p0 = firstRow.output;
  var q0 = firstColumn.output;
  var k0 = 0u;
  // It also loads one lane of input channels of the filter, for two of the output channels.
  let broughtC = firstC + local % COLUMNS;

  let row = local / 8u % 8u;
  let column = local % 8u + local / 64u * 8u;
  var sums: array<Sum, SUMS>;
  var nextY: array<vec4<f32>, 2>;
  var nextW: array<vec4<f32>, 2>;
  // The first iteration has nothing to multiply. The last iteration has nothing to load.
  for (var step = 0u; step <= steps; step++) {
    if (k0 == 0u) {
      #unroll
      for (var i = 0u; i < 2; i++) {
        inside[i] = (u32(top[i] + p0) < params.p) & (u32(left[i] + q0) < params.q);
        at[i] = u32((start[i] + p0) * i32(params.q) + left[i] + q0) * kLanes + group * kGroup;
      }
    }
    let k = k0 + local % 4u * 4u / K_LANES;
    let exists = (k < kGroup) & (step < steps);
    #unroll
    for (var i = 0u; i < 2; i++) {
      nextY[i] = vec4<f32>(0.0);
      if (inside[i] & exists) {
        nextY[i] = loadDy(at[i] + k, kGroup - k);
      }
      let row = k0 * K_LANES + i * 8u + local / COLUMNS;
      nextW[i] = vec4<f32>(0.0);
      if ((row < params.kPerGroup) & (broughtC < cGroup) & (step < steps)) {
        nextW[i] = wTransposed[((r * params.s + s) * params.k + group * params.kPerGroup + row) * cGroup + broughtC];
      }
    }
    k0 += 16u / K_LANES;
    goOn(&r, &p0, &s, &q0, firstColumn, carry(&k0, kGroup));
    if (step > 0u) {
      for (var t = 0u; t < 16u; t++) {
        let b = ws[t * COLUMNS + column];
        #unroll
        for (var i = 0u; i < TILE_M; i++) {
          let a = ys[t * PITCH + row + i * 8u];
          #unroll
          for (var e = 0u; e < 4; e++) {
            sums[i * 4u + e] += a[e] * b;
          }
        }
      }
#if LONG
      closeStep(&sums);
#endif
    }
    workgroupBarrier();
    #unroll
    for (var i = 0u; i < 2; i++) {
      let brought = (i * WORKGROUP_SIZE + local) / 4u;
      #unroll
      for (var e = 0u; e < 4; e++) {
        ys[(local % 4u * 4u + e) * PITCH + brought / 4u][brought % 4u] = nextY[i][e];
      }
      ws[i * WORKGROUP_SIZE + local] = nextW[i];
    }
    workgroupBarrier();
  }

#if LONG
  closeSums(&sums);
#endif
  let cInGroup = firstC + column;
  var hasNan = false;
  #unroll
  for (var i = 0u; i < TILE_M; i++) {
    #unroll
    for (var e = 0u; e < 4; e++) {
      let m = firstM + (row + i * 8u) * 4u + e;
      let pixel = pixelAt(m, rows, columns, phaseOfRow, phaseOfColumn);
      if ((m < pixels) & (pixel.h < params.h) & (pixel.w < params.w) & (cInGroup < cGroup)) {
        let sum = sums[i * 4u + e];
        hasNan |= any((bitcast<vec4<u32>>(sum) & vec4<u32>(0x7fffffffu)) > vec4<u32>(0x7f800000u));
        let at = ((pixel.n * params.h + pixel.h) * params.w + pixel.w) * cLanes + group * cGroup + cInGroup;
        dx[at] = masked(sum, at);
      }
    }
  }
  for (var i = 0u; hasNan && i < 4u * TILE_M; i++) {
    let m = firstM + (row + i / 4u * 8u) * 4u + i % 4u;
    let pixel = pixelAt(m, rows, columns, phaseOfRow, phaseOfColumn);
    if ((m < pixels) & (pixel.h < params.h) & (pixel.w < params.w) & (cInGroup < cGroup)) {
      var sum: vec4<f32>;
      for (var j = 0u; j < 4u; j++) {
        sum[j] = gather(pixel.n, pixel.h, pixel.w, (cInGroup * 4u + j) * kLanes + group * kGroup);
      }
      let at = ((pixel.n * params.h + pixel.h) * params.w + pixel.w) * cLanes + group * cGroup + cInGroup;
      dx[at] = masked(sum, at);
    }
  }
}

struct Pixel {
  n: u32,
  h: u32,
  w: u32,
}

// The m-th pixel of a phase.
fn pixelAt(m: u32, rows: u32, columns: u32, phaseOfRow: u32, phaseOfColumn: u32) -> Pixel {
  let row = m / columns;
  let n = row / rows;
  return Pixel(n, (row - n * rows) * params.strideHeight + phaseOfRow, (m - row * columns) * params.strideWidth + phaseOfColumn);
}

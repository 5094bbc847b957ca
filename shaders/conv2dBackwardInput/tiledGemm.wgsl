// The gradient of a convolution's input as a matrix product over tiles in workgroup memory, for GPUs.
//
// dy nhwc, w hwio, dx nhwc; float32.
//
//   dx[n,h,w,c] = Σ_{r,s,k} dy[n, (h + pad − r·dilation) / stride, (w + pad − s·dilation) / stride, k of c's group] · w[r,s,c,k]
//
// over the taps for which both divisions are exact and give an output that exists.
//
// A workgroup of 8 × COLUMNS invocations owns 32 · TILE_M pixels of one stride phase times 4 · COLUMNS channels. Pixels of a phase (those that
// are the same modulo the strides) are touched by the same taps, so that no product with a known zero is made. In each step the workgroup
// brings 16 output channels of one tap, of dy and of the filter, to workgroup memory, by loads of 4 that coalesce where they can; then each
// invocation multiplies 4 · TILE_M pixels by 4 channels in registers: for each output channel it reads TILE_M + 1 vectors for 16 · TILE_M
// multiply-adds. Loads for the next step are under way meanwhile.
// Edges: an output that does not exist counts as zero, and so do both operands past the end of the group. Zero times an infinite filter value
// is NaN: where a sum came out NaN an invocation makes its own once more, by `gather`, from what reaches each element alone.
// CPU twin: src/cpu/conv2dBackwardInput.ts

#import conv2dBackwardInputElement
#import grid
#import kLanes
#import taps

const WORKGROUP_SIZE: u32 = 128;
const TILE_M: u32 = 2;
const K_FOURS: bool = true;

const COLUMNS = WORKGROUP_SIZE / 8u;
const BLOCK_M = 32u * TILE_M;
const BLOCK_N = 4u * COLUMNS;
// Of the rows of ys and ws: odd, so that they begin in different banks.
const PITCH_M = BLOCK_M / 4u + 1u;
const PITCH_N = BLOCK_N / 4u + 1u;

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
@group(0) @binding(1) var<storage, read> dy: array<KLane>;           // [n, p, q, k]
@group(0) @binding(2) var<storage, read> w: array<KLane>;            // [r, s, cPerGroup, k]
@group(0) @binding(3) var<storage, read_write> dx: array<f32>;       // [n, h, w, c]

var<workgroup> ys: array<vec4<f32>, 16 * PITCH_M>;    // [output channel, 4 pixels]
var<workgroup> ws: array<vec4<f32>, 16 * PITCH_N>;    // [output channel, 4 channels]

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(@builtin(workgroup_id) id: vec3<u32>, @builtin(local_invocation_index) local: u32) {
  var workgroup = linearWorkgroup(id, params.firstWorkgroup, params.gridWidth);
  if (workgroup * WORKGROUP_SIZE >= params.invocations) {
    return;
  }
  // Lengths as dy and w are loaded.
  let kLanes = params.k / K_LANES;
  let kGroup = params.kPerGroup / K_LANES;
  let cTiles = ceilDivide(params.cPerGroup, BLOCK_N);
  // Phases that have a pixel, and the rows and columns of the largest phase.
  let phasesOfRows = min(params.strideHeight, params.h);
  let phasesOfColumns = min(params.strideWidth, params.w);
  let rows = ceilDivide(params.h, params.strideHeight);
  let columns = ceilDivide(params.w, params.strideWidth);

  let firstC = (workgroup % cTiles) * BLOCK_N;
  workgroup /= cTiles;
  let group = workgroup % params.groups;
  workgroup /= params.groups;
  let phaseOfRow = workgroup % phasesOfRows;
  workgroup /= phasesOfRows;
  let phaseOfColumn = workgroup % phasesOfColumns;
  let firstM = workgroup / phasesOfColumns * BLOCK_M;

  // This invocation brings one lane of each step's output channels: of dy for two pixels, whose image's first row in dy this is, and whose place in
  // their phase; what a tap gives for the phase's first pixel lies that far from what it gives for these. And of w for two channels.
  let pixels = params.n * rows * columns;
  var start: array<i32, 2>;
  var rowOfPhase: array<i32, 2>;
  var columnOfPhase: array<i32, 2>;
  var at: array<u32, 2>;
  var inside: array<bool, 2>;
  #unroll
  for (var i = 0u; i < 2; i++) {
    let m = min(firstM + (i * WORKGROUP_SIZE + local) / 4u, pixels - 1u);
    let row = m / columns;
    let n = row / rows;
    start[i] = i32(n * params.p);
    rowOfPhase[i] = i32(row - n * rows);
    columnOfPhase[i] = i32(m - row * columns);
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

  let row = local / 8u % 8u;
  let column = local % 8u + local / 64u * 8u;
  var sums: array<vec4<f32>, 4 * TILE_M>;
  var nextY: array<vec4<f32>, 2>;
  var nextW: array<vec4<f32>, 2>;
  // In the first turn there is nothing to multiply yet, in the one after the last step nothing to load.
  for (var step = 0u; step <= steps; step++) {
    if (k0 == 0u) {
      #unroll
      for (var i = 0u; i < 2; i++) {
        let p = p0 + rowOfPhase[i];
        let q = q0 + columnOfPhase[i];
        inside[i] = (u32(p) < params.p) & (u32(q) < params.q);
        at[i] = u32((start[i] + p) * i32(params.q) + q) * kLanes + group * kGroup;
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
      let c = firstC + (i * WORKGROUP_SIZE + local) / 4u;
      nextW[i] = vec4<f32>(0.0);
      if ((c < params.cPerGroup) & exists) {
        nextW[i] = loadW(((r * params.s + s) * params.cPerGroup + c) * kLanes + group * kGroup + k, kGroup - k);
      }
    }
    k0 += 16u / K_LANES;
    if (k0 >= kGroup) {
      k0 = 0u;
      s += params.tapStepWidth;
      q0 -= i32(params.outputStepWidth);
      if (s >= params.s) {
        s = firstColumn.tap;
        q0 = firstColumn.output;
        r += params.tapStepHeight;
        p0 -= i32(params.outputStepHeight);
      }
    }
    if (step > 0u) {
      for (var t = 0u; t < 16u; t++) {
        let b = ws[t * PITCH_N + column];
        #unroll
        for (var i = 0u; i < TILE_M; i++) {
          let a = ys[t * PITCH_M + row + i * 8u];
          #unroll
          for (var e = 0u; e < 4; e++) {
            sums[i * 4u + e] += a[e] * b;
          }
        }
      }
    }
    workgroupBarrier();
    #unroll
    for (var i = 0u; i < 2; i++) {
      let brought = (i * WORKGROUP_SIZE + local) / 4u;
      #unroll
      for (var e = 0u; e < 4; e++) {
        ys[(local % 4u * 4u + e) * PITCH_M + brought / 4u][brought % 4u] = nextY[i][e];
        ws[(local % 4u * 4u + e) * PITCH_N + brought / 4u][brought % 4u] = nextW[i][e];
      }
    }
    workgroupBarrier();
  }

  var hasNan = false;
  #unroll
  for (var i = 0u; i < TILE_M; i++) {
    #unroll
    for (var e = 0u; e < 4; e++) {
      let m = firstM + (row + i * 8u) * 4u + e;
      let rowOfAll = m / columns;
      let n = rowOfAll / rows;
      let h = (rowOfAll - n * rows) * params.strideHeight + phaseOfRow;
      let w = (m - rowOfAll * columns) * params.strideWidth + phaseOfColumn;
      #unroll
      for (var j = 0u; j < 4; j++) {
        let c = firstC + column * 4u + j;
        if ((m < pixels) & (h < params.h) & (w < params.w) & (c < params.cPerGroup)) {
          let sum = sums[i * 4u + e][j];
          hasNan |= (bitcast<u32>(sum) & 0x7fffffffu) > 0x7f800000u;
          dx[((n * params.h + h) * params.w + w) * params.c + group * params.cPerGroup + c] = sum;
        }
      }
    }
  }
  for (var i = 0u; hasNan && i < 16u * TILE_M; i++) {
    let m = firstM + (row + i / 16u * 8u) * 4u + i / 4u % 4u;
    let rowOfAll = m / columns;
    let n = rowOfAll / rows;
    let h = (rowOfAll - n * rows) * params.strideHeight + phaseOfRow;
    let w = (m - rowOfAll * columns) * params.strideWidth + phaseOfColumn;
    let c = firstC + column * 4u + i % 4u;
    if ((m < pixels) & (h < params.h) & (w < params.w) & (c < params.cPerGroup)) {
      let sum = gather(n, h, w, c * kLanes + group * kGroup);
      dx[((n * params.h + h) * params.w + w) * params.c + group * params.cPerGroup + c] = sum;
    }
  }
}

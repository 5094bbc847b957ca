// The gradient of a convolution's input as a matrix product over tiles in workgroup memory, for GPUs.
//
// dy nhwc, w hwio, dx nhwc; float32.
//
//   dx[n,h,w,c] = Σ_{r,s,k} dy[n, (h + pad − r·dilation) / stride, (w + pad − s·dilation) / stride, k of c's group] · w[r,s,c,k]
//
// over the taps for which both divisions are exact and give an output that exists.
//
// A workgroup of 8 × 8 invocations owns 8 · TILE_M pixels of one stride phase times 8 · TILE_N channels. Pixels of a phase (those that are the
// same modulo the strides) are touched by the same taps, so that no product with a known zero is made and no step divides. In each step it
// brings 16 output channels of one tap, of dy and of the filter, to workgroup memory, by loads of 4 that coalesce; then each invocation
// multiplies in registers: for each four it reads TILE_M + TILE_N vectors for 4 · TILE_M · TILE_N multiply-adds.
// Edges: an output that does not exist counts as zero, and so do both operands past the end of the group. Zero times an infinite filter value
// is NaN: where a sum came out NaN an invocation makes its own once more, by `gather`, from what reaches each element alone.
// CPU twin: src/cpu/conv2dBackwardInput.ts

#import conv2dBackwardInputElement
#import grid
#import kLanes
#import taps

const WORKGROUP_SIZE: u32 = 64;
const TILE_M: u32 = 8;
const TILE_N: u32 = 8;
// Vectors of dy that an invocation brings in a step: (8 · TILE_M) · 4 / 64; and of w: (8 · TILE_N) · 4 / 64.
const LOADS_M: u32 = 4;
const LOADS_N: u32 = 4;
const K_FOURS: bool = true;

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
  tapStepHeight: u32,
  tapStepWidth: u32,
  outputStepHeight: u32,
  outputStepWidth: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> dy: array<KLane>;           // [n, p, q, k]
@group(0) @binding(2) var<storage, read> w: array<KLane>;            // [r, s, cPerGroup, k]
@group(0) @binding(3) var<storage, read_write> dx: array<f32>;       // [n, h, w, c]

var<workgroup> ys: array<vec4<f32>, BLOCK_M * 4>;     // [pixel, 4 lanes of output channels]
var<workgroup> ws: array<vec4<f32>, BLOCK_N * 4>;     // [channel, 4 lanes of output channels]

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

  // The pixels that this invocation brings dy for, one every 16 of the tile: the first row of the image in dy, and where the pixel is in its
  // phase; what a tap gives for the phase's first pixel lies that far from what it gives for this.
  let pixels = params.n * rows * columns;
  var firstRow: array<i32, LOADS_M>;
  var rowOfPhase: array<i32, LOADS_M>;
  var columnOfPhase: array<i32, LOADS_M>;
  #unroll
  for (var i = 0u; i < LOADS_M; i++) {
    let m = min(firstM + i * 16u + local / 4u, pixels - 1u);
    let row = m / columns;
    let n = row / rows;
    firstRow[i] = i32(n * params.p);
    rowOfPhase[i] = i32(row - n * rows);
    columnOfPhase[i] = i32(m - row * columns);
  }

  let tileM = local / 8u * TILE_M;
  let tileN = local % 8u;
  let firstP = firstReach(phaseOfRow + params.padTop, params.strideHeight, params.dilationHeight, params.r);
  let firstQ = firstReach(phaseOfColumn + params.padLeft, params.strideWidth, params.dilationWidth, params.s);
  var sums: array<f32, TILE_M * TILE_N>;
  var p0 = firstP.output;
  for (var r = firstP.tap; r < params.r; r += params.tapStepHeight) {
    var q0 = firstQ.output;
    for (var s = firstQ.tap; s < params.s; s += params.tapStepWidth) {
      for (var k0 = 0u; k0 < kGroup; k0 += 16u / K_LANES) {
        let k = k0 + local % 4u * 4u / K_LANES;
        #unroll
        for (var i = 0u; i < LOADS_M; i++) {
          let p = p0 + rowOfPhase[i];
          let q = q0 + columnOfPhase[i];
          let inside = u32(p) < params.p && u32(q) < params.q && k < kGroup;
          let at = u32((firstRow[i] + p) * i32(params.q) + q) * kLanes + group * kGroup + k;
          ys[(i * 16u + local / 4u) * 4u + local % 4u] = select(vec4<f32>(0.0), loadDy(select(0u, at, inside), kGroup - k), inside);
        }
        #unroll
        for (var i = 0u; i < LOADS_N; i++) {
          let c = firstC + i * 16u + local / 4u;
          let inside = c < params.cPerGroup && k < kGroup;
          let at = ((r * params.s + s) * params.cPerGroup + c) * kLanes + group * kGroup + k;
          ws[(i * 16u + local / 4u) * 4u + local % 4u] = select(vec4<f32>(0.0), loadW(select(0u, at, inside), kGroup - k), inside);
        }
        workgroupBarrier();
        for (var four = 0u; four < 4u; four++) {
          var a: array<vec4<f32>, TILE_M>;
          #unroll
          for (var i = 0u; i < TILE_M; i++) {
            a[i] = ys[(tileM + i) * 4u + four];
          }
          #unroll
          for (var j = 0u; j < TILE_N; j++) {
            let b = ws[(tileN + j * 8u) * 4u + four];
            #unroll
            for (var i = 0u; i < TILE_M; i++) {
              sums[i * TILE_N + j] += dot(a[i], b);
            }
          }
        }
        workgroupBarrier();
      }
      q0 -= i32(params.outputStepWidth);
    }
    p0 -= i32(params.outputStepHeight);
  }

  var hasNan = false;
  #unroll
  for (var i = 0u; i < TILE_M; i++) {
    let m = firstM + tileM + i;
    let rowOfAll = m / columns;
    let n = rowOfAll / rows;
    let h = (rowOfAll - n * rows) * params.strideHeight + phaseOfRow;
    let column = (m - rowOfAll * columns) * params.strideWidth + phaseOfColumn;
    let element = ((n * params.h + h) * params.w + column) * params.c + group * params.cPerGroup;
    let exists = m < pixels && h < params.h && column < params.w;
    #unroll
    for (var j = 0u; j < TILE_N; j++) {
      let c = firstC + tileN + j * 8u;
      if (exists && c < params.cPerGroup) {
        hasNan |= (bitcast<u32>(sums[i * TILE_N + j]) & 0x7fffffffu) > 0x7f800000u;
        dx[element + c] = sums[i * TILE_N + j];
      }
    }
  }
  for (var i = 0u; hasNan && i < TILE_M * TILE_N; i++) {
    let m = firstM + tileM + i / TILE_N;
    let rowOfAll = m / columns;
    let n = rowOfAll / rows;
    let h = (rowOfAll - n * rows) * params.strideHeight + phaseOfRow;
    let column = (m - rowOfAll * columns) * params.strideWidth + phaseOfColumn;
    let c = firstC + tileN + i % TILE_N * 8u;
    if (m < pixels && h < params.h && column < params.w && c < params.cPerGroup) {
      let element = ((n * params.h + h) * params.w + column) * params.c + group * params.cPerGroup + c;
      dx[element] = gather(n, h, column, c * kLanes + group * kGroup);
    }
  }
}

// Products of many pairs of matrices.
//
// a [matrices, m, k], b [matrices, k, n], bias [n], y [batch, m, n]; float32.
//
//   y[batch,m,n] = act(bias[n] + Σ_k a[matrix of a,m,k] · b[matrix of b,k,n])
//
// A batch has up to four axes. Along an axis that a or b lacks, the stride is 0, and the same matrix is used again.
// By strips: one invocation computes TILE_M rows times TILE_N lanes of one product. It reads a in fours along k if k
// comes in fours. A tile that overhangs computes its last row or lane again, and does not store it.
// TILED: for a GPU, if n comes in fours. A workgroup of 8 × COLUMNS invocations computes 32 · TILE_M rows times COLUMNS
// lanes. Each step loads 16 terms of both matrices to workgroup memory. Then each invocation multiplies 4 · TILE_M rows
// by its lane in registers. The loads of the next step run at the same time. Rows, columns and terms past the last are
// zero in both operands.
// SLICED: for a long sum. It is cut into slices of stepsPerSlice · 16 terms, and y is [slices, batch, m, n].
// shaders/kit/sumSlices.wgsl adds the slices.
// Reference: src/runtime/reference/matmul.ts

#import grid
#import lanes

override WORKGROUP_SIZE: u32 = 16;
override TILED: bool = false;
override SLICED: bool = false;
override FOURS: bool = true;
override K_FOURS: bool = true;
override TILE_M: u32 = 4;
override TILE_N: u32 = 2;
override HAS_BIAS: bool = false;
override RELU: bool = false;

#if K_FOURS
alias ALane = vec4<f32>;
const A_LANES: u32 = 4;
#else
alias ALane = f32;
const A_LANES: u32 = 1;
#endif

struct Params {
  invocations: u32,
  firstWorkgroup: u32,
  gridWidth: u32,
  m: u32,
  n: u32,
  k: u32,
  // The extents of the batch without the outermost, and the strides of the axes in a and b, in matrices.
  batch1: u32,
  batch2: u32,
  batch3: u32,
  aStep0: u32,
  aStep1: u32,
  aStep2: u32,
  aStep3: u32,
  bStep0: u32,
  bStep1: u32,
  bStep2: u32,
  bStep3: u32,
  // The positions where this launch's matrices of a and b begin.
  aFirst: u32,
  bFirst: u32,
  // For SLICED: how many products there are; and 16 terms are a step.
  products: u32,
  stepsPerSlice: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> a: array<ALane>;            // [matrices, m, k]
@group(0) @binding(2) var<storage, read> b: array<Lane>;             // [matrices, k, n]
@group(0) @binding(3) var<storage, read> bias: array<Lane>;          // [n]; not read if HAS_BIAS is false
@group(0) @binding(4) var<storage, read_write> y: array<Lane>;       // [batch, m, n], or [slices, batch, m, n]

// The product, and the first of its steps, for the matrix of y with this number.
fn sliceOf(matrix: u32) -> vec2<u32> {
  if (SLICED) {
    let slice = matrix / params.products;
    return vec2<u32>(matrix - slice * params.products, slice * params.stepsPerSlice);
  }
  return vec2<u32>(matrix, 0u);
}

// The end of a slice that begins at `first`, of a sum of so many steps.
fn endOfSlice(first: u32, steps: u32) -> u32 {
  return select(steps, min(first + params.stepsPerSlice, steps), SLICED);
}

// The matrices of a and b for a product.
fn matricesOf(batch: u32) -> vec2<u32> {
  var rest = batch;
  var matrices = vec2<u32>(params.aFirst, params.bFirst);
  matrices += takeDigit(&rest, params.batch3) * vec2<u32>(params.aStep3, params.bStep3);
  matrices += takeDigit(&rest, params.batch2) * vec2<u32>(params.aStep2, params.bStep2);
  matrices += takeDigit(&rest, params.batch1) * vec2<u32>(params.aStep1, params.bStep1);
  return matrices + rest * vec2<u32>(params.aStep0, params.bStep0);
}

fn finish(sum: Lane, column: u32) -> Lane {
  var value = sum;
  if (HAS_BIAS) {
    value += bias[column];
  }
  if (RELU) {
    value = relu(value);
  }
  return value;
}

#if TILED
const COLUMNS = WORKGROUP_SIZE / 8u;
const WORKGROUP_TILE_M = 32u * TILE_M;
// The lanes of a in a step, and the number of neighbouring rows that are loaded at a time, each by STEP invocations.
const STEP = 16u / A_LANES;
const ABREAST = WORKGROUP_SIZE / STEP;
// The pitch of a row in `rows`. It is odd, so rows begin in different banks.
const PITCH = WORKGROUP_TILE_M / 4u + 1u;
// Lanes of a that an invocation brings in a step, STEP · WORKGROUP_TILE_M / WORKGROUP_SIZE.
#if K_FOURS
const LOADS: u32 = 2;
#else
const LOADS: u32 = 8;
#endif

var<workgroup> rows: array<vec4<f32>, 16 * PITCH>;         // [term, 4 rows of a]
var<workgroup> columns: array<Lane, 16 * COLUMNS>;         // [term, lane of b]

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(@builtin(workgroup_id) id: vec3<u32>, @builtin(local_invocation_index) local: u32) {
  var workgroup = linearWorkgroup(id, params.firstWorkgroup, params.gridWidth);
  if (workgroup * WORKGROUP_SIZE >= params.invocations) {
    return;
  }
  // Lengths in lanes.
  let nLanes = params.n / LANES;
  let kLanes = params.k / A_LANES;
  let firstN = takeDigit(&workgroup, ceilDivide(nLanes, COLUMNS)) * COLUMNS;
  let firstM = takeDigit(&workgroup, ceilDivide(params.m, WORKGROUP_TILE_M)) * WORKGROUP_TILE_M;
  let batch = workgroup;
  let slice = sliceOf(batch);
  let matrices = matricesOf(slice.x);
  let startOfB = matrices.y * params.k * nLanes;

  // In each step this invocation loads one lane of terms, of every ABREAST-th row of a, and one lane of columns of b,
  // for two of the terms.
  let firstRow = firstM + local / STEP;
  let start = (matrices.x * params.m + firstRow) * kLanes + local % STEP;
  let broughtN = firstN + local % COLUMNS;
  let firstStep = slice.y;
  let endOfSteps = endOfSlice(firstStep, ceilDivide(params.k, 16u));

  let row = local / 8u % 8u;
  let column = local % 8u + local / 64u * 8u;
  var sums: array<Lane, 4 * TILE_M>;
  var nextA: array<ALane, LOADS>;
  var nextB: array<Lane, 2>;
  // The first iteration has nothing to multiply yet. The iteration after the last step has nothing to load.
  for (var step = firstStep; step <= endOfSteps; step++) {
    #unroll
    for (var i = 0u; i < LOADS; i++) {
      nextA[i] = ALane(0.0);
      if ((firstRow + i * ABREAST < params.m) & (step * STEP + local % STEP < kLanes)) {
        nextA[i] = a[start + i * ABREAST * kLanes + step * STEP];
      }
    }
    #unroll
    for (var i = 0u; i < 2; i++) {
      let term = step * 16u + i * 8u + local / COLUMNS;
      nextB[i] = Lane(0.0);
      if ((term < params.k) & (broughtN < nLanes)) {
        nextB[i] = b[startOfB + term * nLanes + broughtN];
      }
    }
    if (step > firstStep) {
      for (var t = 0u; t < 16u; t++) {
        let factor = columns[t * COLUMNS + column];
        #unroll
        for (var i = 0u; i < TILE_M; i++) {
          let four = rows[t * PITCH + row + i * 8u];
          #unroll
          for (var e = 0u; e < 4; e++) {
            sums[i * 4u + e] += four[e] * factor;
          }
        }
      }
    }
    workgroupBarrier();
    #unroll
    for (var i = 0u; i < LOADS; i++) {
      let brought = i * ABREAST + local / STEP;
#if K_FOURS
      #unroll
      for (var e = 0u; e < 4; e++) {
        rows[(local % STEP * 4u + e) * PITCH + brought / 4u][brought % 4u] = nextA[i][e];
      }
#else
      rows[local % STEP * PITCH + brought / 4u][brought % 4u] = nextA[i];
#endif
    }
    #unroll
    for (var i = 0u; i < 2; i++) {
      columns[i * WORKGROUP_SIZE + local] = nextB[i];
    }
    workgroupBarrier();
  }

  let n = firstN + column;
  #unroll
  for (var i = 0u; i < TILE_M; i++) {
    #unroll
    for (var e = 0u; e < 4; e++) {
      let m = firstM + (row + i * 8u) * 4u + e;
      if ((m < params.m) & (n < nLanes)) {
        y[(batch * params.m + m) * nLanes + n] = finish(sums[i * 4u + e], n);
      }
    }
  }
}
#else
@compute @workgroup_size(WORKGROUP_SIZE)
fn main(invocation: Invocation) {
  var index = linearIndex(invocation, params.firstWorkgroup, params.gridWidth, WORKGROUP_SIZE);
  if (index >= params.invocations) {
    return;
  }
  // Lengths in lanes.
  let nLanes = params.n / LANES;
  let kLanes = params.k / A_LANES;
  let firstN = takeDigit(&index, ceilDivide(nLanes, TILE_N)) * TILE_N;
  let firstM = takeDigit(&index, ceilDivide(params.m, TILE_M)) * TILE_M;
  let batch = index;
  let slice = sliceOf(batch);
  let matrices = matricesOf(slice.x);
  var rowOfA: array<u32, TILE_M>;
  #unroll
  for (var i = 0u; i < TILE_M; i++) {
    rowOfA[i] = (matrices.x * params.m + min(firstM + i, params.m - 1u)) * kLanes;
  }
  var columnOfB: array<u32, TILE_N>;
  #unroll
  for (var j = 0u; j < TILE_N; j++) {
    columnOfB[j] = min(firstN + j, nLanes - 1u);
  }
  let firstOfK = slice.y * (16u / A_LANES);
  let endOfK = min(endOfSlice(slice.y, ceilDivide(params.k, 16u)) * (16u / A_LANES), kLanes);
  var rowOfB = (matrices.y * params.k + slice.y * 16u) * nLanes;
  var sums: array<Lane, TILE_M * TILE_N>;
  for (var k = firstOfK; k < endOfK; k++) {
    var fromA: array<ALane, TILE_M>;
    #unroll
    for (var i = 0u; i < TILE_M; i++) {
      fromA[i] = a[rowOfA[i] + k];
    }
    #unroll
    for (var e = 0u; e < A_LANES; e++) {
      #unroll
      for (var j = 0u; j < TILE_N; j++) {
        let factor = b[rowOfB + columnOfB[j]];
        #unroll
        for (var i = 0u; i < TILE_M; i++) {
#if K_FOURS
          sums[i * TILE_N + j] += fromA[i][e] * factor;
#else
          sums[i * TILE_N + j] += fromA[i] * factor;
#endif
        }
      }
      rowOfB += nLanes;
    }
  }
  #unroll
  for (var i = 0u; i < TILE_M; i++) {
    #unroll
    for (var j = 0u; j < TILE_N; j++) {
      let m = firstM + i;
      let n = firstN + j;
      if ((m < params.m) & (n < nLanes)) {
        y[(batch * params.m + m) * nLanes + n] = finish(sums[i * TILE_N + j], n);
      }
    }
  }
}
#endif

// Convolution as a matrix product over tiles in workgroup memory, for GPUs.
//
// x nhwc, w hwio, bias [k], y nhwc; float32; output channels of a group in multiples of 4.
//
//   y[m,k] = act(bias[k] + Σ_{r,s,c} x[pixel of m at tap (r, s), c] · w[r,s,c,k])   with m = (n, p, q)
//
// A workgroup of 8 × COLUMNS invocations computes 32 · TILE_M pixels times COLUMNS lanes of 4 output channels. The
// terms (r, s, c) of all sums lie in one row, as in w. Each step loads 16 terms to workgroup memory: of the pixels by
// lanes of channels (of four, or of one if c does not come in fours), and of the filter by fours of output channels.
// Then each invocation multiplies 4 · TILE_M pixels by its lane in registers. For each term it reads TILE_M + 1 vectors
// for 16 · TILE_M multiply-adds. The loads of the next step run at the same time. If there are too few pixels to fill a
// GPU, the steps are cut into slices that run side by side (SLICED). Then y is [slice, n, p, q, k], without bias and
// activation, and sumSlices.wgsl adds the slices in order.
// Edges: padding, pixels past the last and terms past the last are zero in both operands. Outputs that do not exist are
// not stored.
// Reference: src/runtime/reference/conv2d.ts

#import cLanes
#import grid
#import longSums
#import relu

override WORKGROUP_SIZE: u32 = 128;
override TILE_M: u32 = 2;
override C_FOURS: bool = true;
override HAS_BIAS: bool = false;
override RELU: bool = false;
override SLICED: bool = false;

alias Sum = vec4<f32>;
const SUMS: u32 = 4 * TILE_M;
const STEPS_OF_BLOCK: u32 = 2;

const COLUMNS = WORKGROUP_SIZE / 8u;
const WORKGROUP_TILE_M = 32u * TILE_M;
// The lanes of x in a step, and the number of neighbouring pixels that are loaded at a time, each by STEP invocations.
const STEP = 16u / C_LANES;
const ABREAST = WORKGROUP_SIZE / STEP;
// The pitch of a row of xs. It is odd, so rows begin in different banks.
const PITCH = WORKGROUP_TILE_M / 4u + 1u;
// Lanes of x that an invocation brings in a step, STEP · WORKGROUP_TILE_M / WORKGROUP_SIZE.
#if C_FOURS
const LOADS: u32 = 2;
#else
const LOADS: u32 = 8;
#endif

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
@group(0) @binding(1) var<storage, read> x: array<CLane>;                // [n, h, w, c]
@group(0) @binding(2) var<storage, read> w: array<vec4<f32>>;            // [r, s, cPerGroup, k]
@group(0) @binding(3) var<storage, read> bias: array<vec4<f32>>;         // [k]; not read if HAS_BIAS is false
@group(0) @binding(4) var<storage, read_write> y: array<vec4<f32>>;      // [n, p, q, k]; where SLICED [slice, n, p, q, k]

var<workgroup> xs: array<vec4<f32>, 16 * PITCH>;      // [term, 4 pixels]
var<workgroup> ws: array<vec4<f32>, 16 * COLUMNS>;    // [term, lane of output channels]

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(@builtin(workgroup_id) id: vec3<u32>, @builtin(local_invocation_index) local: u32) {
  var workgroup = linearWorkgroup(id, params.firstWorkgroup, params.gridWidth);
  if (workgroup * WORKGROUP_SIZE >= params.invocations) {
    return;
  }
  // Lengths in lanes.
  let cLanes = params.c / C_LANES;
  let kLanes = params.k / 4u;
  let cGroup = params.cPerGroup / C_LANES;
  let kGroup = params.kPerGroup / 4u;
  let kTiles = ceilDivide(kGroup, COLUMNS);

  let firstK = (workgroup % kTiles) * COLUMNS;
  workgroup /= kTiles;
  let group = workgroup % params.groups;
  workgroup /= params.groups;
  let pixels = params.n * params.p * params.q;
  let mTiles = ceilDivide(pixels, WORKGROUP_TILE_M);
  let firstM = workgroup % mTiles * WORKGROUP_TILE_M;
  let slice = workgroup / mTiles;

  // In each step this invocation loads one lane of terms, of every ABREAST-th pixel. top, left and start are the
  // positions in x where the windows of these pixels begin: in rows, in columns and in lanes. The window of a pixel
  // that does not exist begins below every row.
  var top: array<i32, LOADS>;
  var left: array<i32, LOADS>;
  var start: array<i32, LOADS>;
  #unroll
  for (var i = 0u; i < LOADS; i++) {
    let m = firstM + i * ABREAST + local / STEP;
    let row = m / params.q;
    let n = row / params.p;
    top[i] = select(i32(params.h), i32((row - n * params.p) * params.strideHeight) - i32(params.padTop), m < pixels);
    left[i] = i32((m - row * params.q) * params.strideWidth) - i32(params.padLeft);
    start[i] = ((i32(n * params.h) + top[i]) * i32(params.w) + left[i]) * i32(cLanes) + i32(group * cGroup);
  }
  let terms = params.r * params.s * cGroup;
  let firstStep = slice * params.stepsPerSlice;
  let endStep = min(firstStep + params.stepsPerSlice, ceilDivide(terms, STEP));
  var term = firstStep * STEP + local % STEP;
  var s = term / cGroup;
  var c = term - s * cGroup;
  var r = s / params.s;
  s -= r * params.s;
  // It also loads one lane of output channels of the filter, for two of the terms.
  let broughtK = firstK + local % COLUMNS;

  let row = local / 8u % 8u;
  let column = local % 8u + local / 64u * 8u;
  var sums: array<Sum, SUMS>;
  var nextX: array<CLane, LOADS>;
  var nextW: array<vec4<f32>, 2>;
  // The first iteration has nothing to multiply. The last iteration has nothing to load.
  for (var step = firstStep; step <= endStep; step++) {
    // A term that does not exist lies below every row.
    let down = select(i32(2u * params.h), i32(r * params.dilationHeight), (term < terms) & (step < endStep));
    let across = i32(s * params.dilationWidth);
    let offset = (down * i32(params.w) + across) * i32(cLanes) + i32(c);
    #unroll
    for (var i = 0u; i < LOADS; i++) {
      nextX[i] = CLane(0.0);
      if ((u32(top[i] + down) < params.h) & (u32(left[i] + across) < params.w)) {
        nextX[i] = x[u32(start[i] + offset)];
      }
    }
    #unroll
    for (var i = 0u; i < 2; i++) {
      let row = step * 16u + i * 8u + local / COLUMNS;
      nextW[i] = vec4<f32>(0.0);
      if ((row < terms * C_LANES) & (broughtK < kGroup) & (step < endStep)) {
        nextW[i] = w[row * kLanes + group * kGroup + broughtK];
      }
    }
    term += STEP;
    c += STEP;
    while (c >= cGroup) {
      c -= cGroup;
      s++;
      r += carry(&s, params.s);
    }
    if (step > firstStep) {
      for (var t = 0u; t < 16u; t++) {
        let b = ws[t * COLUMNS + column];
        #unroll
        for (var i = 0u; i < TILE_M; i++) {
          let a = xs[t * PITCH + row + i * 8u];
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
    for (var i = 0u; i < LOADS; i++) {
      let pixel = i * ABREAST + local / STEP;
#if C_FOURS
      #unroll
      for (var e = 0u; e < 4; e++) {
        xs[(local % STEP * 4u + e) * PITCH + pixel / 4u][pixel % 4u] = nextX[i][e];
      }
#else
      xs[local % STEP * PITCH + pixel / 4u][pixel % 4u] = nextX[i];
#endif
    }
    #unroll
    for (var i = 0u; i < 2; i++) {
      ws[i * WORKGROUP_SIZE + local] = nextW[i];
    }
    workgroupBarrier();
  }

#if LONG
  closeSums(&sums);
#endif
  let kInGroup = firstK + column;
  let k = group * kGroup + kInGroup;
  #unroll
  for (var i = 0u; i < TILE_M; i++) {
    #unroll
    for (var e = 0u; e < 4; e++) {
      let m = firstM + (row + i * 8u) * 4u + e;
      if (m < pixels && kInGroup < kGroup) {
        var value = sums[i * 4u + e];
        if (HAS_BIAS && !SLICED) {
          value += bias[k];
        }
        if (RELU && !SLICED) {
          value = relu(value);
        }
        y[(slice * pixels + m) * kLanes + k] = value;
      }
    }
  }
}

// The gradient of a convolution's filter: a matrix product over tiles in workgroup memory, one slice, for GPUs.
//
// x nhwc, dy nhwc, dw hwio; float32; output channels of a group in multiples of 4.
//
//   dw[r,s,c,k] = Σ_{n,p,q} x[n, p·stride + r·dilation − pad, q·stride + s·dilation − pad, c of k's group] · dy[n,p,q,k]
//
// A workgroup of 8 × COLUMNS invocations computes, for one slice of the output rows, 8 · TILE_M rows of dw times
// COLUMNS lanes of 4 output channels. A row is a tap's lane of input channels: of four, or of one if they do not come
// in fours. Each step loads x and dy of 16 output pixels to workgroup memory, by loads that coalesce. Then each
// invocation adds 16 outer products in registers, each of TILE_M lanes of x and one lane of dy. The loads of the next
// step run at the same time. sumSlices.wgsl adds the slices in pairs. With GIVE_DB the workgroups of the first rows
// also compute the gradient of the bias: the sum of all dy that they load, added in blocks of STEPS_OF_BLOCK steps.
// Edges: padding, pixels past the slice's last and rows past the last are zero in both operands. Rows and channels that
// do not exist are not stored.
// Reference: src/runtime/reference/conv2dBackwardFilter.ts

#import cLanes
#import grid

override WORKGROUP_SIZE: u32 = 128;
override TILE_M: u32 = 2;
override C_FOURS: bool = true;
override GIVE_DB: bool = false;
// Whether `partial` holds the sums over earlier images. This dispatch adds to them.
override ADD: bool = false;

const COLUMNS = WORKGROUP_SIZE / 8u;
const WORKGROUP_TILE_M = 8u * TILE_M;
const STEPS_OF_BLOCK: u32 = 16;
// The number of invocations that load one pixel, and the rows that each of them loads: WORKGROUP_TILE_M / ABREAST.
const ABREAST = WORKGROUP_SIZE / 16u;
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
  rowsPerSlice: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<CLane>;                    // [n, h, w, c]
@group(0) @binding(2) var<storage, read> dy: array<vec4<f32>>;               // [n, p, q, k]
@group(0) @binding(3) var<storage, read_write> partial: array<vec4<f32>>;    // [slices, r, s, cPerGroup, k]
#if GIVE_DB
@group(0) @binding(4) var<storage, read_write> partialDb: array<vec4<f32>>;  // [slices, k]
#endif

var<workgroup> xs: array<CLane, 16 * WORKGROUP_TILE_M>;        // [pixel, row]
var<workgroup> ys: array<vec4<f32>, 16 * COLUMNS>;    // [pixel, lane of output channels]

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
  let rows = params.r * params.s * cGroup;
  let kTiles = ceilDivide(kGroup, COLUMNS);
  let mTiles = ceilDivide(rows, WORKGROUP_TILE_M);

  let firstK = (workgroup % kTiles) * COLUMNS;
  workgroup /= kTiles;
  let group = workgroup % params.groups;
  workgroup /= params.groups;
  let firstM = (workgroup % mTiles) * WORKGROUP_TILE_M;
  let slice = workgroup / mTiles;

  // This invocation loads every 16th pixel, and of x every ABREAST-th row. down, across and offset are the distances of
  // a row's tap from the first position of the window: in rows, in columns and in lanes.
  var down: array<i32, LOADS>;
  var across: array<i32, LOADS>;
  var offset: array<i32, LOADS>;
  #unroll
  for (var i = 0u; i < LOADS; i++) {
    let m = firstM + local % ABREAST + i * ABREAST;
    let tap = m / cGroup;
    let r = tap / params.s;
    // The tap of a row that does not exist lies below every image.
    down[i] = select(i32(params.h + params.p * params.strideHeight), i32(r * params.dilationHeight) - i32(params.padTop), m < rows);
    across[i] = i32((tap - r * params.s) * params.dilationWidth) - i32(params.padLeft);
    offset[i] = (down[i] * i32(params.w) + across[i]) * i32(cLanes) + i32(group * cGroup + m - tap * cGroup);
  }
  let firstPixel = slice * params.rowsPerSlice * params.q;
  let endPixel = min(firstPixel + params.rowsPerSlice * params.q, params.n * params.p * params.q);
  var pixel = firstPixel + local / ABREAST;
  var p = pixel / params.q;
  var q = pixel - p * params.q;
  var n = p / params.p;
  p -= n * params.p;

  let row = local / 8u % 8u;
  let column = local % 8u + local / 64u * 8u;
  // sums[i · C_LANES + e]: row i, channel e of its lane.
  var sums: array<vec4<f32>, TILE_M * C_LANES>;
  var nextX: array<CLane, LOADS>;
  var nextY: array<vec4<f32>, 2>;
#if GIVE_DB
  // The sums of dy: of the block, and of the blocks before it.
  var blockOfY: array<vec4<f32>, 2>;
  var sumOfY: array<vec4<f32>, 2>;
  var steps = 0u;
#endif
  // The first iteration has nothing to multiply. The last iteration has nothing to load.
  for (var first = firstPixel; first < endPixel + 16u; first += 16u) {
    let exists = pixel < endPixel;
    let top = i32(p * params.strideHeight);
    let left = i32(q * params.strideWidth);
    let start = ((i32(n * params.h) + top) * i32(params.w) + left) * i32(cLanes);
    #unroll
    for (var i = 0u; i < LOADS; i++) {
      nextX[i] = CLane(0.0);
      if (exists & (u32(top + down[i]) < params.h) & (u32(left + across[i]) < params.w)) {
        nextX[i] = x[u32(start + offset[i])];
      }
    }
    #unroll
    for (var i = 0u; i < 2; i++) {
      let k = firstK + local % ABREAST + i * ABREAST;
      nextY[i] = vec4<f32>(0.0);
      if (exists & (k < kGroup)) {
        nextY[i] = dy[pixel * kLanes + group * kGroup + k];
      }
    }
#if GIVE_DB
    if (firstM == 0u) {
      steps++;
      let endsBlock = steps % STEPS_OF_BLOCK == 0u;
      #unroll
      for (var i = 0u; i < 2; i++) {
        blockOfY[i] += nextY[i];
        if (endsBlock) {
          sumOfY[i] += blockOfY[i];
          blockOfY[i] = vec4<f32>(0.0);
        }
      }
    }
#endif
    pixel += 16u;
    q += 16u;
    while (q >= params.q) {
      q -= params.q;
      p++;
      n += carry(&p, params.p);
    }
    if (first > firstPixel) {
      // Unrolled, because an H100 is then faster by a seventh. In the other passes it makes no difference.
      #unroll
      for (var t = 0u; t < 16; t++) {
        let b = ys[t * COLUMNS + column];
        #unroll
        for (var i = 0u; i < TILE_M; i++) {
          let a = xs[t * WORKGROUP_TILE_M + row + i * 8u];
#if C_FOURS
          #unroll
          for (var e = 0u; e < 4; e++) {
            sums[i * 4u + e] += a[e] * b;
          }
#else
          sums[i] += a * b;
#endif
        }
      }
    }
    workgroupBarrier();
    #unroll
    for (var i = 0u; i < LOADS; i++) {
      xs[local / ABREAST * WORKGROUP_TILE_M + local % ABREAST + i * ABREAST] = nextX[i];
    }
    #unroll
    for (var i = 0u; i < 2; i++) {
      ys[local / ABREAST * COLUMNS + local % ABREAST + i * ABREAST] = nextY[i];
    }
    workgroupBarrier();
  }

  let k = firstK + column;
  #unroll
  for (var i = 0u; i < TILE_M; i++) {
    let m = firstM + row + i * 8u;
    #unroll
    for (var e = 0u; e < C_LANES; e++) {
      if (m < rows && k < kGroup) {
        let element = ((slice * rows + m) * C_LANES + e) * kLanes + group * kGroup + k;
        var sum = sums[i * C_LANES + e];
        if (ADD) {
          sum += partial[element];
        }
        partial[element] = sum;
      }
    }
  }

#if GIVE_DB
  #unroll
  for (var i = 0u; i < 2; i++) {
    ys[local / ABREAST * COLUMNS + local % ABREAST + i * ABREAST] = sumOfY[i] + blockOfY[i];
  }
  workgroupBarrier();
  if (firstM == 0u && local < COLUMNS && firstK + local < kGroup) {
    let element = slice * kLanes + group * kGroup + firstK + local;
    // In pairs. No other invocation reads this lane.
    for (var half = 8u; half > 0u; half /= 2u) {
      for (var t = 0u; t < half; t++) {
        ys[t * COLUMNS + local] += ys[(t + half) * COLUMNS + local];
      }
    }
    var sum = ys[local];
    if (ADD) {
      sum += partialDb[element];
    }
    partialDb[element] = sum;
  }
#endif
}

// The gradient of a convolution's filter by its definition, one slice of the long sum: the general kernel.
//
// x nhwc, dy nhwc; float32. The sum over all outputs is long, and there are few filter elements. So the sum is cut into
// slices of whole output rows (n, p). This kernel writes the partial sums, and sumSlices adds them in order. With one
// slice, the partial sum is dw.
//
//   partial[slice][r,s,c,k] = Σ_{(n,p) in slice, q} x[n, p·stride + r·dilation − pad, q·stride + s·dilation − pad, c of k's group] · dy[n,p,q,k]
//
// A row of the filter is a lane of input channels of one tap. One invocation owns, for one slice, TILE_R rows times
// TILE_K lanes of output channels: an outer product for every output pixel. The invocations of a quad (lib/quads.wgsl)
// take every fourth row, and share the loads of dy.
// Edges: padding is a real zero, chosen by select; a tile that overhangs the filter or the group computes on clamped
// addresses and stores nothing.
// Reference: src/runtime/reference/conv2dBackwardFilter.ts

#import cLanes
#import grid
#import kLanes
#import quads

override WORKGROUP_SIZE: u32 = 64;
override QUADS: bool = false;
override TILE_R: u32 = 1;
override TILE_K: u32 = 2;
// Lanes of output channels that each invocation loads: in a quad, a quarter of the tile's lanes, rounded up.
override OWN_K: u32 = 2;
// Whether the tile is one value.
override SINGLE: bool = false;
// Whether there are several groups. A kernel for one group compiles sooner.
override GROUPED: bool = true;
// Whether `partial` holds the sums of earlier chunks of the batch. This dispatch adds to them.
override ADD: bool = false;
override C_FOURS: bool = true;
override K_FOURS: bool = true;

alias Shared = KLane;

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
@group(0) @binding(1) var<storage, read> x: array<CLane>;               // [n, h, w, c]
@group(0) @binding(2) var<storage, read> dy: array<KLane>;              // [n, p, q, k]
@group(0) @binding(3) var<storage, read_write> partial: array<KLane>;   // [slice, r, s, cPerGroup, k]

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(invocation: Invocation) {
  var index = linearIndex(invocation, params.firstWorkgroup, params.gridWidth, WORKGROUP_SIZE);
  if (index >= params.invocations) {
    return;
  }

  // Lengths in lanes.
  let cLanes = params.c / C_LANES;
  let kLanes = params.k / K_LANES;
#if GROUPED
  let cGroup = params.cPerGroup / C_LANES;
  let kGroup = params.kPerGroup / K_LANES;
#else
  let cGroup = cLanes;
  let kGroup = kLanes;
#endif
  let kTiles = ceilDivide(kGroup, TILE_K);
  let filterRows = params.r * params.s * cGroup;
  let rowTiles = ceilDivide(filterRows, SHARING * TILE_R);

  let inQuad = index % SHARING;
  index /= SHARING;
  let kInGroup = takeDigit(&index, kTiles) * TILE_K;
#if GROUPED
  let group = takeDigit(&index, params.groups);
#else
  let group = 0u;
#endif
  let firstFilterRow = takeDigit(&index, rowTiles) * SHARING * TILE_R + inQuad;
  let slice = index;

  // The place where a filter row reads x for the output at (0, 0): row, column and lane. Past the last filter row, that
  // row repeats.
  var hOfRow: array<i32, TILE_R>;
  var wOfRow: array<i32, TILE_R>;
  var xOfRow: array<i32, TILE_R>;
  #unroll
  for (var i = 0u; i < TILE_R; i++) {
    let filterRow = min(firstFilterRow + i * SHARING, filterRows - 1u);
    let tap = filterRow / cGroup;
    let r = tap / params.s;
    hOfRow[i] = i32(r * params.dilationHeight) - i32(params.padTop);
    wOfRow[i] = i32((tap - r * params.s) * params.dilationWidth) - i32(params.padLeft);
    xOfRow[i] = (hOfRow[i] * i32(params.w) + wOfRow[i]) * i32(cLanes) + i32(group * cGroup + filterRow - tap * cGroup);
  }

  var kOfTile: array<u32, OWN_K>;
  #unroll
  for (var j = 0u; j < OWN_K; j++) {
    kOfTile[j] = group * kGroup + min(kInGroup + j * SHARING + inQuad, kGroup - 1u);
  }

  var sums: array<KLane, TILE_R * C_LANES * TILE_K>;
  let firstRow = slice * params.rowsPerSlice;
  let endRow = min(firstRow + params.rowsPerSlice, params.n * params.p);
  // One loop over the outputs of all rows, not nested loops, and few counters: each costs a software adapter time.
  var n = firstRow / params.p;
  var p = firstRow - n * params.p;
  var q = 0u;
  while (n * params.p + p < endRow) {
    let output = ((n * params.p + p) * params.q + q) * kLanes;
    let top = i32(p * params.strideHeight);
    let left = i32(q * params.strideWidth);
    let pixel = ((i32(n * params.h) + top) * i32(params.w) + left) * i32(cLanes);
    var xs: array<vec4<f32>, TILE_R>;
    #unroll
    for (var i = 0u; i < TILE_R; i++) {
      let inside = (u32(top + hOfRow[i]) < params.h) & (u32(left + wOfRow[i]) < params.w);
      xs[i] = vec4<f32>(select(CLane(0.0), x[u32(pixel + xOfRow[i])], inside));
    }
    var own: array<KLane, OWN_K>;
    #unroll
    for (var j = 0u; j < OWN_K; j++) {
      own[j] = dy[output + kOfTile[j]];
    }
    #unroll
    for (var j = 0u; j < TILE_K; j++) {
      let gradient = quadBroadcast(own[j / SHARING], j % SHARING);
      #unroll
      for (var i = 0u; i < TILE_R; i++) {
        #unroll
        for (var c = 0u; c < C_LANES; c++) {
          sums[(i * C_LANES + c) * TILE_K + j] += xs[i][c] * gradient;
        }
      }
    }
    q++;
    p += carry(&q, params.q);
    n += carry(&p, params.p);
  }

  // One loop stores everything, and it is not unrolled: stores and loops take long to compile.
  var tile = sums;
#if SINGLE
  let i = 0u;
  {
#else
  for (var i = 0u; i < TILE_R * C_LANES * TILE_K; i++) {
#endif
    let k = kInGroup + i % TILE_K;
    let filterRow = firstFilterRow + i / TILE_K / C_LANES * SHARING;
    if ((filterRow < filterRows) & (k < kGroup)) {
      let element = ((slice * filterRows + filterRow) * C_LANES + i / TILE_K % C_LANES) * kLanes + group * kGroup + k;
      var sum = tile[i];
#if ADD
      sum += partial[element];
#endif
      partial[element] = sum;
    }
  }
}

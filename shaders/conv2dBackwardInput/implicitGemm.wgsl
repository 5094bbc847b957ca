// The gradient of a convolution's input as a matrix product over register tiles, for processors that pay dearly for barriers and loads.
//
// dy nhwc, w hwio, dx nhwc; float32; channels of a group in multiples of 4.
//
//   dx[n,h,w,c] = Σ_{r,s,k} dy[n, (h + pad − r·dilation) / stride, (w + pad − s·dilation) / stride, k of c's group] · w[r,s,c,k]
//
// over the taps for which both divisions are exact and give an output that exists.
//
// One invocation owns TILE_W input columns, `strideWidth` apart, times TILE_C lanes of 4 channels. Columns that far apart are touched by the
// same taps, through neighbouring outputs: the tile walks only taps that reach it and divides once a tap. A step along k costs
// 4 · TILE_W + 16 · TILE_C loads for 64 · TILE_W · TILE_C multiply-adds.
// Edges: where a tap reaches some columns of the tile only, the others get back the sums that they had before it: a product with an
// output that does not exist would be NaN for an infinite filter value.
// CPU twin: src/cpu/conv2dBackwardInput.ts

#import grid
#import taps

const WORKGROUP_SIZE: u32 = 16;
const TILE_W: u32 = 14;
const TILE_C: u32 = 4;

struct Params {
  invocations: u32,
  firstWorkgroup: u32,
  gridWidth: u32,
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
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> dy: array<vec4<f32>>;           // [n, p, q, k]
@group(0) @binding(2) var<storage, read> w: array<vec4<f32>>;            // [r, s, cPerGroup, k]
@group(0) @binding(3) var<storage, read_write> dx: array<vec4<f32>>;     // [n, h, w, c]

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(invocation: Invocation) {
  var index = linearIndex(invocation, params.firstWorkgroup, params.gridWidth, WORKGROUP_SIZE);
  if (index >= params.invocations) {
    return;
  }

  // Lengths in lanes.
  let kLanes = params.k / 4u;
  let kGroup = params.kPerGroup / 4u;
  let cLanes = params.c / 4u;
  let cGroup = params.cPerGroup / 4u;
  let cTiles = ceilDivide(cGroup, TILE_C);
  // Phases that have a column (a phase is the columns that are the same modulo the stride), and the columns of one phase in tiles.
  let phases = min(params.strideWidth, params.w);
  let wTiles = ceilDivide(ceilDivide(params.w, params.strideWidth), TILE_W);

  let cInGroup = (index % cTiles) * TILE_C;
  index /= cTiles;
  let group = index % params.groups;
  index /= params.groups;
  let phase = index % phases;
  index /= phases;
  let w0 = (index % wTiles) * TILE_W * params.strideWidth + phase;
  index /= wTiles;
  let h = index % params.h;
  let n = index / params.h;

  // The filter rows of this tile's channels; those past the group's end repeat its last four.
  var filterRow: array<u32, TILE_C>;
  #unroll
  for (var j = 0u; j < TILE_C; j++) {
    filterRow[j] = min(cInGroup + j, cGroup - 1u) * 4u * kLanes + group * kGroup;
  }

  var sums: array<vec4<f32>, TILE_W * TILE_C>;
  let paddedH = h + params.padTop;
  let paddedW = w0 + params.padLeft;
  let firstR = firstTap(paddedH, params.strideHeight, params.dilationHeight, params.r);
  let firstS = firstTap(paddedW, params.strideWidth, params.dilationWidth, params.s);
  for (var r = firstR; r < params.r && r * params.dilationHeight <= paddedH; r += params.tapStepHeight) {
    let p = (paddedH - r * params.dilationHeight) / params.strideHeight;
    if (p >= params.p) {
      continue;
    }
    for (var s = firstS; s < params.s; s += params.tapStepWidth) {
      // Exact, so that rounding towards zero does not matter for negative numbers.
      let q0 = (i32(paddedW) - i32(s * params.dilationWidth)) / i32(params.strideWidth);
      let pixel = (i32((n * params.p + p) * params.q) + q0) * i32(kLanes) + i32(group * kGroup);
      let tap = (r * params.s + s) * params.cPerGroup * kLanes;
      let before = sums;
      for (var k = 0u; k < kGroup; k++) {
        var dys: array<vec4<f32>, TILE_W>;
        #unroll
        for (var i = 0u; i < TILE_W; i++) {
          dys[i] = dy[u32(pixel + i32(i * kLanes + k))];
        }
        #unroll
        for (var j = 0u; j < TILE_C; j++) {
          let at = tap + filterRow[j] + k;
          let weights = mat4x4<f32>(w[at], w[at + kLanes], w[at + 2u * kLanes], w[at + 3u * kLanes]);
          #unroll
          for (var i = 0u; i < TILE_W; i++) {
            sums[i * TILE_C + j] += dys[i] * weights;
          }
        }
      }
      #unroll
      for (var i = 0u; i < TILE_W; i++) {
        let reached = u32(q0 + i32(i)) < params.q;
        #unroll
        for (var j = 0u; j < TILE_C; j++) {
          sums[i * TILE_C + j] = select(before[i * TILE_C + j], sums[i * TILE_C + j], reached);
        }
      }
    }
  }

  #unroll
  for (var i = 0u; i < TILE_W; i++) {
    let column = w0 + i * params.strideWidth;
    #unroll
    for (var j = 0u; j < TILE_C; j++) {
      if (column < params.w && cInGroup + j < cGroup) {
        dx[((n * params.h + h) * params.w + column) * cLanes + group * cGroup + cInGroup + j] = sums[i * TILE_C + j];
      }
    }
  }
}

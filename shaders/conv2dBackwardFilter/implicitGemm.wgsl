// The gradient of a convolution's filter as a matrix product over register tiles, for processors that pay dearly for barriers and loads.
//
// x nhwc, dy nhwc, dw hwio; float32; channels of a group in multiples of 4.
//
//   dw[r,s,c,k] = Σ_{n,p,q} x[n, p·stride + r·dilation − pad, q·stride + s·dilation − pad, c of k's group] · dy[n,p,q,k]
//
// One invocation sums, for one tap, TILE_C lanes of 4 input channels times TILE_K lanes of 4 output channels over a slice of the output
// rows, four columns at a time: 16 · (TILE_C + TILE_K) loads for 64 · TILE_C · TILE_K multiply-adds. sumSlices.wgsl adds the slices in order.
// Edges: a column outside x is a real zero, chosen by select; the columns that are left over of a row are added one by one.
// CPU twin: src/cpu/conv2dBackwardFilter.ts

#import grid

const WORKGROUP_SIZE: u32 = 16;
const TILE_C: u32 = 4;
const TILE_K: u32 = 4;
// Whether `partial` holds the sums over earlier images, to be added to.
const ADD: bool = false;

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

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(invocation: Invocation) {
  var index = linearIndex(invocation, params.firstWorkgroup, params.gridWidth, WORKGROUP_SIZE);
  if (index >= params.invocations) {
    return;
  }

  // Lengths in lanes.
  let cLanes = params.c / 4u;
  let kLanes = params.k / 4u;
  let cGroup = params.cPerGroup / 4u;
  let kGroup = params.kPerGroup / 4u;
  let kTiles = ceilDivide(kGroup, TILE_K);
  let cTiles = ceilDivide(cGroup, TILE_C);

  let kInGroup = (index % kTiles) * TILE_K;
  index /= kTiles;
  let group = index % params.groups;
  index /= params.groups;
  let cInGroup = (index % cTiles) * TILE_C;
  index /= cTiles;
  let s = index % params.s;
  index /= params.s;
  let r = index % params.r;
  let slice = index / params.r;

  // The channels of this tile; those past the group's end repeat its last.
  var cOfTile: array<u32, TILE_C>;
  #unroll
  for (var i = 0u; i < TILE_C; i++) {
    cOfTile[i] = group * cGroup + min(cInGroup + i, cGroup - 1u);
  }
  var kOfTile: array<u32, TILE_K>;
  #unroll
  for (var j = 0u; j < TILE_K; j++) {
    kOfTile[j] = group * kGroup + min(kInGroup + j, kGroup - 1u);
  }

  // sums[(i · 4 + lane) · TILE_K + j]: input channel (i, lane), output channels j.
  var sums: array<vec4<f32>, TILE_C * 4 * TILE_K>;
  let firstRow = slice * params.rowsPerSlice;
  let endRow = min(firstRow + params.rowsPerSlice, params.n * params.p);
  for (var row = firstRow; row < endRow; row++) {
    let h = i32((row % params.p) * params.strideHeight + r * params.dilationHeight) - i32(params.padTop);
    // A row above or below x has no column inside.
    let columns = select(0u, params.w, u32(h) < params.h);
    let rowOfX = (i32((row / params.p) * params.h) + h) * i32(params.w);
    let left = i32(s * params.dilationWidth) - i32(params.padLeft);
    let fours = params.q - params.q % 4u;
    for (var q = 0u; q < fours; q += 4u) {
      var xs: array<vec4<f32>, TILE_C * 4>;
      #unroll
      for (var column = 0u; column < 4; column++) {
        let at = left + i32((q + column) * params.strideWidth);
        let inside = u32(at) < columns;
        let pixel = u32(rowOfX + at) * cLanes;
        #unroll
        for (var i = 0u; i < TILE_C; i++) {
          xs[i * 4u + column] = select(vec4<f32>(0.0), x[pixel + cOfTile[i]], inside);
        }
      }
      let output = (row * params.q + q) * kLanes;
      #unroll
      for (var j = 0u; j < TILE_K; j++) {
        let at = output + kOfTile[j];
        let gradients = mat4x4<f32>(dy[at], dy[at + kLanes], dy[at + 2u * kLanes], dy[at + 3u * kLanes]);
        #unroll
        for (var i = 0u; i < TILE_C; i++) {
          #unroll
          for (var lane = 0u; lane < 4; lane++) {
            sums[(i * 4u + lane) * TILE_K + j] +=
              gradients * vec4<f32>(xs[i * 4u][lane], xs[i * 4u + 1u][lane], xs[i * 4u + 2u][lane], xs[i * 4u + 3u][lane]);
          }
        }
      }
    }
    for (var q = fours; q < params.q; q++) {
      let at = left + i32(q * params.strideWidth);
      let pixel = u32(rowOfX + at) * cLanes;
      #unroll
      for (var i = 0u; i < TILE_C; i++) {
        let xs = select(vec4<f32>(0.0), x[pixel + cOfTile[i]], u32(at) < columns);
        #unroll
        for (var j = 0u; j < TILE_K; j++) {
          let gradients = dy[(row * params.q + q) * kLanes + kOfTile[j]];
          #unroll
          for (var lane = 0u; lane < 4; lane++) {
            sums[(i * 4u + lane) * TILE_K + j] += xs[lane] * gradients;
          }
        }
      }
    }
  }

  let tap = (slice * params.r + r) * params.s + s;
  #unroll
  for (var i = 0u; i < TILE_C; i++) {
    #unroll
    for (var lane = 0u; lane < 4; lane++) {
      #unroll
      for (var j = 0u; j < TILE_K; j++) {
        if (cInGroup + i < cGroup && kInGroup + j < kGroup) {
          let element = (tap * params.cPerGroup + (cInGroup + i) * 4u + lane) * kLanes + kOfTile[j];
          var sum = sums[(i * 4u + lane) * TILE_K + j];
          if (ADD) {
            sum += partial[element];
          }
          partial[element] = sum;
        }
      }
    }
  }
}

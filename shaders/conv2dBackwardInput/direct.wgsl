// The gradient of a convolution's input, straight from its definition: the general kernel, for every geometry.
//
// dy nhwc, w hwio, dx nhwc; float32.
//
//   dx[n,h,w,c] = Σ_{r,s,k} dy[n, (h + pad − r·dilation) / stride, (w + pad − s·dilation) / stride, k of c's group] · w[r,s,c,k]
//
// over the taps for which both divisions are exact and give an output that exists.
//
// One invocation owns TILE_W input columns, `strideWidth` apart, times TILE_C channels. Columns that far apart are touched by the same
// taps, through neighbouring outputs, so the tile walks only taps that reach it and divides once a tap; each filter value it
// loads serves TILE_W columns.
// Edges: where a tap reaches some columns of the tile only, the others keep their sum, by select: a product with an output that does not
// exist would be NaN for an infinite filter value.
// CPU twin: src/cpu/conv2dBackwardInput.ts

#import grid
#import taps

const WORKGROUP_SIZE: u32 = 64;
const TILE_W: u32 = 4;
const TILE_C: u32 = 4;
// Neighbouring output channels that are loaded as one value: 4 where they divide, else 1.
alias KLane = vec4<f32>;
const K_LANES: u32 = 4;

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
@group(0) @binding(1) var<storage, read> dy: array<KLane>;           // [n, p, q, k]
@group(0) @binding(2) var<storage, read> w: array<KLane>;            // [r, s, cPerGroup, k]
@group(0) @binding(3) var<storage, read_write> dx: array<f32>;       // [n, h, w, c]

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(invocation: Invocation) {
  var index = linearIndex(invocation, params.firstWorkgroup, params.gridWidth, WORKGROUP_SIZE);
  if (index >= params.invocations) {
    return;
  }

  // Lengths in lanes.
  let kLanes = params.k / K_LANES;
  let kGroup = params.kPerGroup / K_LANES;
  let cTiles = ceilDivide(params.cPerGroup, TILE_C);
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

  // The filter rows of this tile's channels; those past the group's end repeat its last.
  var filterRow: array<u32, TILE_C>;
  #unroll
  for (var j = 0u; j < TILE_C; j++) {
    filterRow[j] = min(cInGroup + j, params.cPerGroup - 1u) * kLanes + group * kGroup;
  }

  var sums: array<KLane, TILE_W * TILE_C>;
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
      var pixel: array<u32, TILE_W>;
      var reached: array<bool, TILE_W>;
      #unroll
      for (var i = 0u; i < TILE_W; i++) {
        let q = q0 + i32(i);
        reached[i] = q >= 0 && q < i32(params.q);
        pixel[i] = select(0u, ((n * params.p + p) * params.q + u32(q)) * kLanes + group * kGroup, reached[i]);
      }
      let tap = (r * params.s + s) * params.cPerGroup * kLanes;
      for (var k = 0u; k < kGroup; k++) {
        var dys: array<KLane, TILE_W>;
        #unroll
        for (var i = 0u; i < TILE_W; i++) {
          dys[i] = dy[pixel[i] + k];
        }
        #unroll
        for (var j = 0u; j < TILE_C; j++) {
          let weight = w[tap + filterRow[j] + k];
          #unroll
          for (var i = 0u; i < TILE_W; i++) {
            let sum = sums[i * TILE_C + j];
            sums[i * TILE_C + j] = select(sum, sum + dys[i] * weight, reached[i]);
          }
        }
      }
    }
  }

  #unroll
  for (var i = 0u; i < TILE_W; i++) {
    let column = w0 + i * params.strideWidth;
    #unroll
    for (var j = 0u; j < TILE_C; j++) {
      if (column < params.w && cInGroup + j < params.cPerGroup) {
        let sum = vec4<f32>(sums[i * TILE_C + j]);
        let element = ((n * params.h + h) * params.w + column) * params.c + group * params.cPerGroup + cInGroup + j;
        dx[element] = select(sum.x, (sum.x + sum.y) + (sum.z + sum.w), K_LANES == 4u);
      }
    }
  }
}

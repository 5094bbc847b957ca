// Convolution by its definition: the general kernel, for every geometry.
//
// x nhwc, w hwio (its input channels are those of one group), bias [k], y nhwc; float32.
//
//   y[n,p,q,k] = act(bias[k] + Σ_{r,s,c} x[n, p·stride + r·dilation − pad, q·stride + s·dilation − pad, c of k's group] · w[r,s,c,k])
//
// One invocation computes TILE_Q neighbouring output columns times TILE_K lanes of output channels of one group. Each
// loaded filter value serves TILE_Q columns, each input value TILE_K · K_LANES channels. Neighbouring invocations take
// neighbouring channels. So filter loads and stores coalesce, and input loads have the same address.
// Edges: padding is a real zero, chosen by select, so a NaN in memory cannot reach it. A tile that overhangs the row or
// the group computes on clamped addresses; the overhang is not stored.
// Reference: src/runtime/reference/conv2d.ts

#import cLanes
#import grid
#import kLanes
#import longSums

override WORKGROUP_SIZE: u32 = 64;
override TILE_Q: u32 = 4;
override TILE_K: u32 = 2;
override HAS_BIAS: bool = false;
override RELU: bool = false;
override C_FOURS: bool = true;
override K_FOURS: bool = true;

alias Sum = KLane;
const SUMS: u32 = TILE_Q * TILE_K;
const STEPS_OF_BLOCK: u32 = 8;

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
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<CLane>;            // [n, h, w, c]
@group(0) @binding(2) var<storage, read> w: array<KLane>;            // [r, s, cPerGroup, k]
@group(0) @binding(3) var<storage, read> bias: array<KLane>;         // [k]; not read if HAS_BIAS is false
@group(0) @binding(4) var<storage, read_write> y: array<KLane>;      // [n, p, q, k]

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(invocation: Invocation) {
  var index = linearIndex(invocation, params.firstWorkgroup, params.gridWidth, WORKGROUP_SIZE);
  if (index >= params.invocations) {
    return;
  }

  // Lengths in lanes.
  let cLanes = params.c / C_LANES;
  let kLanes = params.k / K_LANES;
  let cGroup = params.cPerGroup / C_LANES;
  let kGroup = params.kPerGroup / K_LANES;
  let kTiles = ceilDivide(kGroup, TILE_K);
  let qTiles = ceilDivide(params.q, TILE_Q);

  let kInGroup = takeDigit(&index, kTiles) * TILE_K;
  let group = takeDigit(&index, params.groups);
  let q0 = takeDigit(&index, qTiles) * TILE_Q;
  let p = takeDigit(&index, params.p);
  let n = index;

  // The output channels of this tile. Past the group's end, the last one repeats.
  var kOfTile: array<u32, TILE_K>;
  #unroll
  for (var j = 0u; j < TILE_K; j++) {
    kOfTile[j] = group * kGroup + min(kInGroup + j, kGroup - 1u);
  }

  var sums: array<Sum, SUMS>;
  for (var r = 0u; r < params.r; r++) {
    let h = i32(p * params.strideHeight + r * params.dilationHeight) - i32(params.padTop);
    let rowInside = h >= 0 && h < i32(params.h);
    for (var s = 0u; s < params.s; s++) {
      // The index of each column's first channel, and whether it is inside the input.
      var pixel: array<u32, TILE_Q>;
      var inside: array<bool, TILE_Q>;
      #unroll
      for (var i = 0u; i < TILE_Q; i++) {
        let column = i32((q0 + i) * params.strideWidth + s * params.dilationWidth) - i32(params.padLeft);
        inside[i] = rowInside && column >= 0 && column < i32(params.w);
        pixel[i] = select(0u, ((n * params.h + u32(h)) * params.w + u32(column)) * cLanes + group * cGroup, inside[i]);
      }
      var row = (r * params.s + s) * params.cPerGroup * kLanes;
      for (var c = 0u; c < cGroup; c++) {
        var xs: array<vec4<f32>, TILE_Q>;
        #unroll
        for (var i = 0u; i < TILE_Q; i++) {
          xs[i] = vec4<f32>(select(CLane(0.0), x[pixel[i] + c], inside[i]));
        }
        #unroll
        for (var e = 0u; e < C_LANES; e++) {
          #unroll
          for (var j = 0u; j < TILE_K; j++) {
            let weight = w[row + kOfTile[j]];
            #unroll
            for (var i = 0u; i < TILE_Q; i++) {
              sums[i * TILE_K + j] += xs[i][e] * weight;
            }
          }
          row += kLanes;
        }
#if LONG
        closeStep(&sums);
#endif
      }
    }
  }
#if LONG
  closeSums(&sums);
#endif

  #unroll
  for (var j = 0u; j < TILE_K; j++) {
    #unroll
    for (var i = 0u; i < TILE_Q; i++) {
      var value = sums[i * TILE_K + j];
      if (HAS_BIAS) {
        value += bias[kOfTile[j]];
      }
      if (RELU) {
        value = relu(value);
      }
      if (q0 + i < params.q && kInGroup + j < kGroup) {
        y[((n * params.p + p) * params.q + q0 + i) * kLanes + kOfTile[j]] = value;
      }
    }
  }
}

// Convolution as a matrix product over register tiles, for processors that pay dearly for barriers and loads: no workgroup memory.
//
// x nhwc, w hwio (its input channels are those of one group), bias [k], y nhwc; float32.
//
//   y[m,k] = act(bias[k] + Σ_e x[m,e] · w[e,k])   with m = (n, p, q), e = (r, s, c); x[m,e] is read where it lies, not copied
//
// One invocation computes TILE_Q neighbouring output columns times TILE_K lanes of 4 output channels of one group. Along e it reads runs of
// x that lie side by side: where taps are neighbours (dilation 1, one group) a run is a whole row of the filter, else one tap.
// A step of a run costs TILE_Q + 4 · TILE_K loads of C_LANES values for 4 · TILE_Q · TILE_K · C_LANES multiply-adds.
// Addresses are one base and a step, since a processor that keeps TILE_Q of them spills its sums.
// Edges: a position outside its row of x is a real zero, chosen by select; a tile that overhangs the row of outputs or the group computes
// on clamped addresses and stores nothing.
// CPU twin: src/cpu/conv2d.ts

#import grid

const WORKGROUP_SIZE: u32 = 16;
const TILE_Q: u32 = 14;
const TILE_K: u32 = 4;
const HAS_BIAS: bool = false;
const RELU: bool = false;
// Neighbouring input channels that are loaded as one value: 4 where they divide, else 1.
alias CLane = vec4<f32>;
const C_LANES: u32 = 4;

struct Params {
  invocations: u32,
  firstWorkgroup: u32,
  gridWidth: u32,
  h: u32,
  w: u32,
  c: u32,
  r: u32,
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
  // How many runs a row of the filter is read in, and the length of one, in input channels.
  runs: u32,
  runLength: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<CLane>;                // [n, h, w, c]
@group(0) @binding(2) var<storage, read> w: array<vec4<f32>>;            // [r, s, cPerGroup, k]
@group(0) @binding(3) var<storage, read> bias: array<vec4<f32>>;         // [k]; anything where HAS_BIAS is false
@group(0) @binding(4) var<storage, read_write> y: array<vec4<f32>>;      // [n, p, q, k]

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(invocation: Invocation) {
  var index = linearIndex(invocation, params.firstWorkgroup, params.gridWidth, WORKGROUP_SIZE);
  if (index >= params.invocations) {
    return;
  }

  // Lengths in lanes.
  let cLanes = params.c / C_LANES;
  let kLanes = params.k / 4u;
  let kGroup = params.kPerGroup / 4u;
  let kTiles = ceilDivide(kGroup, TILE_K);
  let qTiles = ceilDivide(params.q, TILE_Q);
  let rowLanes = params.w * cLanes;
  let runLanes = params.runLength / C_LANES;

  let kInGroup = (index % kTiles) * TILE_K;
  index /= kTiles;
  let group = index % params.groups;
  index /= params.groups;
  let q0 = (index % qTiles) * TILE_Q;
  index /= qTiles;
  let p = index % params.p;
  let n = index / params.p;

  // The output channels of this tile; those past the group's end repeat its last.
  var kOfTile: array<u32, TILE_K>;
  #unroll
  for (var j = 0u; j < TILE_K; j++) {
    kOfTile[j] = group * kGroup + min(kInGroup + j, kGroup - 1u);
  }

  let left = (i32(q0 * params.strideWidth) - i32(params.padLeft)) * i32(cLanes) + i32(group * (params.cPerGroup / C_LANES));
  let step = i32(params.strideWidth * cLanes);
  var sums: array<vec4<f32>, TILE_Q * TILE_K>;
  for (var r = 0u; r < params.r; r++) {
    let h = i32(p * params.strideHeight + r * params.dilationHeight) - i32(params.padTop);
    // A row above or below x has no column inside.
    let columns = select(0u, rowLanes, u32(h) < params.h);
    let rowOfX = (i32(n * params.h) + h) * i32(rowLanes);
    for (var run = 0u; run < params.runs; run++) {
      let start = left + i32(run * params.dilationWidth * cLanes);
      var row = (r * params.runs + run) * params.runLength * kLanes;
      for (var e = 0u; e < runLanes; e++) {
        var xs: array<vec4<f32>, TILE_Q>;
        #unroll
        for (var i = 0u; i < TILE_Q; i++) {
          let column = start + i32(e) + i32(i) * step;
          xs[i] = vec4<f32>(select(CLane(0.0), x[u32(rowOfX + column)], u32(column) < columns));
        }
        #unroll
        for (var j = 0u; j < TILE_K; j++) {
          let at = row + kOfTile[j];
          if (C_LANES == 4u) {
            let weights = mat4x4<f32>(w[at], w[at + kLanes], w[at + 2u * kLanes], w[at + 3u * kLanes]);
            #unroll
            for (var i = 0u; i < TILE_Q; i++) {
              sums[i * TILE_K + j] += weights * xs[i];
            }
          } else {
            let weights = w[at];
            #unroll
            for (var i = 0u; i < TILE_Q; i++) {
              sums[i * TILE_K + j] += xs[i] * weights;
            }
          }
        }
        row += C_LANES * kLanes;
      }
    }
  }

  let firstOutput = ((n * params.p + p) * params.q + q0) * kLanes;
  #unroll
  for (var j = 0u; j < TILE_K; j++) {
    #unroll
    for (var i = 0u; i < TILE_Q; i++) {
      var value = sums[i * TILE_K + j];
      if (HAS_BIAS) {
        value += bias[kOfTile[j]];
      }
      if (RELU) {
        value = select(value, vec4<f32>(0.0), value < vec4<f32>(0.0));
      }
      if (q0 + i < params.q && kInGroup + j < kGroup) {
        y[firstOutput + i * kLanes + kOfTile[j]] = value;
      }
    }
  }
}

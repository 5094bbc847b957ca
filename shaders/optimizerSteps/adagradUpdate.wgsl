// A step of Adagrad.
//
// w, dw, accumulator of one shape, flat; hyper [learningRate, gradientScale]; float32.
//
//   g                  = gradientScale · dw[i], plus weightDecay · w[i] unless DECOUPLED
//   accumulatorNext[i] = accumulator[i] + g²
//   wNext[i]           = w[i] − learningRate · (g / √(accumulatorNext[i] + epsilon), plus weightDecay · w[i] if DECOUPLED)
//
// One invocation owns tilesOfInvocation neighbouring tiles of LANES elements.
// Reference: src/runtime/reference/adagradUpdate.ts

#import grid
#import lanes

const WORKGROUP_SIZE: u32 = 64;
override FOURS: bool = true;
override DECOUPLED: bool = false;

struct Params {
  invocations: u32,
  firstWorkgroup: u32,
  gridWidth: u32,
  tiles: u32,
  tilesOfInvocation: u32,
  epsilon: f32,
  weightDecay: f32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> w: array<Lane>;                         // [tiles]
@group(0) @binding(2) var<storage, read> dw: array<Lane>;                        // [tiles]
@group(0) @binding(3) var<storage, read> accumulator: array<Lane>;               // [tiles]
@group(0) @binding(4) var<storage, read> hyper: array<f32>;                      // [2]
@group(0) @binding(5) var<storage, read_write> wNext: array<Lane>;               // [tiles]
@group(0) @binding(6) var<storage, read_write> accumulatorNext: array<Lane>;     // [tiles]

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(invocation: Invocation) {
  let index = linearIndex(invocation, params.firstWorkgroup, params.gridWidth, WORKGROUP_SIZE);
  if (index >= params.invocations) {
    return;
  }
  let learningRate = hyper[0];
  let gradientScale = hyper[1];
  let first = index * params.tilesOfInvocation;
  let end = min(first + params.tilesOfInvocation, params.tiles);
  for (var tile = first; tile < end; tile++) {
    let weight = w[tile];
    let decay = params.weightDecay * weight;
    var gradient = gradientScale * dw[tile];
    if (!DECOUPLED) {
      gradient += decay;
    }
    let sum = accumulator[tile] + gradient * gradient;
    accumulatorNext[tile] = sum;
    var step = gradient * inverseSqrt(sum + params.epsilon);
    if (DECOUPLED) {
      step += decay;
    }
    wNext[tile] = weight - learningRate * step;
  }
}

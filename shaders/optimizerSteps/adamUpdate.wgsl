// A step of Adam, or of AdamW if the weight decay is decoupled.
//
// w, dw, m, v of one shape, flat; hyper [learningRate, gradientScale, 1 − beta1ᵗ, 1 − beta2ᵗ]; float32.
//
//   g        = gradientScale · dw[i], plus weightDecay · w[i] unless DECOUPLED
//   mNext[i] = beta1 · m[i] + (1 − beta1) · g
//   vNext[i] = beta2 · v[i] + (1 − beta2) · g²
//   wNext[i] = w[i] − learningRate · ((mNext[i] / hyper[2]) / (√(vNext[i] / hyper[3]) + epsilon), plus weightDecay · w[i] if DECOUPLED)
//
// One invocation owns tilesOfInvocation neighbouring tiles of LANES elements.
// Reference: src/runtime/reference/adamUpdate.ts

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
  beta1: f32,
  beta2: f32,
  oneMinusBeta1: f32,
  oneMinusBeta2: f32,
  epsilon: f32,
  weightDecay: f32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> w: array<Lane>;               // [tiles]
@group(0) @binding(2) var<storage, read> dw: array<Lane>;              // [tiles]
@group(0) @binding(3) var<storage, read> m: array<Lane>;               // [tiles]
@group(0) @binding(4) var<storage, read> v: array<Lane>;               // [tiles]
@group(0) @binding(5) var<storage, read> hyper: array<f32>;            // [4]
@group(0) @binding(6) var<storage, read_write> wNext: array<Lane>;     // [tiles]
@group(0) @binding(7) var<storage, read_write> mNext: array<Lane>;     // [tiles]
@group(0) @binding(8) var<storage, read_write> vNext: array<Lane>;     // [tiles]

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(invocation: Invocation) {
  let index = linearIndex(invocation, params.firstWorkgroup, params.gridWidth, WORKGROUP_SIZE);
  if (index >= params.invocations) {
    return;
  }
  let learningRate = hyper[0];
  let gradientScale = hyper[1];
  let mCorrection = hyper[2];
  let vCorrection = hyper[3];
  let first = index * params.tilesOfInvocation;
  let end = min(first + params.tilesOfInvocation, params.tiles);
  for (var tile = first; tile < end; tile++) {
    let weight = w[tile];
    let decay = params.weightDecay * weight;
    var gradient = gradientScale * dw[tile];
    if (!DECOUPLED) {
      gradient += decay;
    }
    let mean = params.beta1 * m[tile] + params.oneMinusBeta1 * gradient;
    // In this order, a large g does not overflow before it is scaled down.
    let square = params.beta2 * v[tile] + (params.oneMinusBeta2 * gradient) * gradient;
    mNext[tile] = mean;
    vNext[tile] = square;
    var step = (mean / mCorrection) / (sqrt(square / vCorrection) + params.epsilon);
    if (DECOUPLED) {
      step += decay;
    }
    wNext[tile] = weight - learningRate * step;
  }
}

// A step of RMSprop, with momentum if there is a velocity.
//
// w, dw, v, m, velocity of one shape, flat; hyper [learningRate, gradientScale]; float32.
//
//   g               = gradientScale · dw[i], plus weightDecay · w[i] unless DECOUPLED
//   vNext[i]        = rho · v[i] + (1 − rho) · g²
//   square          = vNext[i], or if CENTERED max(v[i] − m[i]², 0), where v and m are already the next ones
//   change          = learningRate · g / √(square + epsilon)
//   velocityNext[i] = momentum · velocity[i] + change
//   wNext[i]        = w[i] − velocityNext[i], without velocity w[i] − change; minus learningRate · weightDecay · w[i] if DECOUPLED
//
// One invocation owns tilesOfInvocation neighbouring tiles of LANES elements.
// Reference: src/runtime/reference/rmspropUpdate.ts

#import grid
#import lanes

const WORKGROUP_SIZE: u32 = 64;
override FOURS: bool = true;
override CENTERED: bool = false;
override HAS_VELOCITY: bool = true;
override DECOUPLED: bool = false;

struct Params {
  invocations: u32,
  firstWorkgroup: u32,
  gridWidth: u32,
  tiles: u32,
  tilesOfInvocation: u32,
  rho: f32,
  oneMinusRho: f32,
  momentum: f32,
  epsilon: f32,
  weightDecay: f32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> w: array<Lane>;                      // [tiles]
@group(0) @binding(2) var<storage, read> dw: array<Lane>;                     // [tiles]
@group(0) @binding(3) var<storage, read> v: array<Lane>;                      // [tiles]
@group(0) @binding(4) var<storage, read> hyper: array<f32>;                   // [2]
@group(0) @binding(5) var<storage, read_write> wNext: array<Lane>;            // [tiles]
#if CENTERED
@group(0) @binding(6) var<storage, read> m: array<Lane>;                      // [tiles]
#else
@group(0) @binding(6) var<storage, read_write> vNext: array<Lane>;            // [tiles]
#endif
#if HAS_VELOCITY
@group(0) @binding(7) var<storage, read> velocity: array<Lane>;               // [tiles]
@group(0) @binding(8) var<storage, read_write> velocityNext: array<Lane>;     // [tiles]
#endif

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
#if CENTERED
    let mean = m[tile];
    // Rounding may make it negative.
    let square = relu(v[tile] - mean * mean);
#else
    // In this order, a large g does not overflow before it is scaled down.
    let square = params.rho * v[tile] + (params.oneMinusRho * gradient) * gradient;
    vNext[tile] = square;
#endif
    var change = learningRate * (gradient * inverseSqrt(square + params.epsilon));
#if HAS_VELOCITY
    change += params.momentum * velocity[tile];
    velocityNext[tile] = change;
#endif
    if (DECOUPLED) {
      change += learningRate * decay;
    }
    wNext[tile] = weight - change;
  }
}

// A step of stochastic gradient descent, with momentum if there is a velocity.
//
// w, dw, velocity of one shape, flat; hyper [learningRate, gradientScale]; float32.
//
//   g               = gradientScale · dw[i] + weightDecay · w[i]
//   velocityNext[i] = momentum · velocity[i] + g
//   wNext[i]        = w[i] − learningRate · step,   step = velocityNext[i], with NESTEROV g + momentum · velocityNext[i], without velocity g
//
// One invocation owns tilesOfInvocation neighbouring tiles of LANES elements.
// Reference: src/runtime/reference/sgdUpdate.ts

#import grid
#import lanes

const WORKGROUP_SIZE: u32 = 64;
override FOURS: bool = true;
override HAS_VELOCITY: bool = true;
override NESTEROV: bool = false;

struct Params {
  invocations: u32,
  firstWorkgroup: u32,
  gridWidth: u32,
  tiles: u32,
  tilesOfInvocation: u32,
  momentum: f32,
  weightDecay: f32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> w: array<Lane>;                      // [tiles]
@group(0) @binding(2) var<storage, read> dw: array<Lane>;                     // [tiles]
@group(0) @binding(3) var<storage, read> hyper: array<f32>;                   // [2]
@group(0) @binding(4) var<storage, read_write> wNext: array<Lane>;            // [tiles]
#if HAS_VELOCITY
@group(0) @binding(5) var<storage, read> velocity: array<Lane>;               // [tiles]
@group(0) @binding(6) var<storage, read_write> velocityNext: array<Lane>;     // [tiles]
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
    let gradient = gradientScale * dw[tile] + params.weightDecay * weight;
    var step = gradient;
#if HAS_VELOCITY
    let next = params.momentum * velocity[tile] + gradient;
    velocityNext[tile] = next;
    step = next;
    if (NESTEROV) {
      step = gradient + params.momentum * next;
    }
#endif
    wNext[tile] = weight - learningRate * step;
  }
}

// The moving averages of centered RMSprop. step.wgsl makes the step. One launch for both would bind too many tensors.
//
// w, dw, v, m of one shape, flat; hyper [learningRate, gradientScale]; float32.
//
//   g        = gradientScale · dw[i], plus weightDecay · w[i] unless DECOUPLED
//   vNext[i] = rho · v[i] + (1 − rho) · g²
//   mNext[i] = rho · m[i] + (1 − rho) · g
//
// One invocation owns tilesOfInvocation neighbouring tiles of LANES elements.
// Reference: src/runtime/reference/rmspropUpdate.ts

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
  rho: f32,
  oneMinusRho: f32,
  weightDecay: f32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> w: array<Lane>;              // [tiles]
@group(0) @binding(2) var<storage, read> dw: array<Lane>;             // [tiles]
@group(0) @binding(3) var<storage, read> v: array<Lane>;              // [tiles]
@group(0) @binding(4) var<storage, read> m: array<Lane>;              // [tiles]
@group(0) @binding(5) var<storage, read> hyper: array<f32>;           // [2]
@group(0) @binding(6) var<storage, read_write> vNext: array<Lane>;    // [tiles]
@group(0) @binding(7) var<storage, read_write> mNext: array<Lane>;    // [tiles]

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(invocation: Invocation) {
  let index = linearIndex(invocation, params.firstWorkgroup, params.gridWidth, WORKGROUP_SIZE);
  if (index >= params.invocations) {
    return;
  }
  let gradientScale = hyper[1];
  let first = index * params.tilesOfInvocation;
  let end = min(first + params.tilesOfInvocation, params.tiles);
  for (var tile = first; tile < end; tile++) {
    var gradient = gradientScale * dw[tile];
    if (!DECOUPLED) {
      gradient += params.weightDecay * w[tile];
    }
    // In this order, a large g does not overflow before it is scaled down.
    vNext[tile] = params.rho * v[tile] + (params.oneMinusRho * gradient) * gradient;
    mNext[tile] = params.rho * m[tile] + params.oneMinusRho * gradient;
  }
}

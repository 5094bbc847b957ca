// Kernels of losses that compare predictions and targets, element by element: the loss, or the gradients of both.
//
// predictions, targets, dpredictions, dtargets of any shape, all of the same shape, flat; float32. With SUMMED the loss
// and dy are scalars, else they have the same shape.
//
//   partial[slice] = scale · Σ_{i in slice} f(p[i], t[i])     SUMMED; the slices are added afterwards
//   loss[i] = f(p[i], t[i])                                   else
//   dpredictions[i] = ∂f/∂p · dy · scale, dtargets[i] = ∂f/∂t · dy · scale     GRADIENT
//
// One invocation owns a slice, or some elements. Neighbouring invocations take neighbouring tiles of LANES elements, so
// loads coalesce.
//
// A shader that imports this declares three functions:
//
//   fn lossOf(p: Lane, t: Lane) -> Lane               f(p, t)
//   fn slopeOfPrediction(p: Lane, t: Lane) -> Lane    ∂f/∂p
//   fn slopeOfTarget(p: Lane, t: Lane) -> Lane        ∂f/∂t

#import grid
#import lanes

const WORKGROUP_SIZE: u32 = 64;
override FOURS: bool = true;
override GRADIENT: bool = false;
override SUMMED: bool = true;
// Whether earlier chunks have written partial sums. This dispatch adds to them.
override ADD: bool = false;

struct Params {
  invocations: u32,
  firstWorkgroup: u32,
  gridWidth: u32,
  tiles: u32,
  // 1 / (number of all elements) for a mean, else 1.
  scale: f32,
  // The numbers of a loss that has options. The others ignore them.
  delta: f32,
  posWeight: f32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> predictions: array<Lane>;            // [tiles]
@group(0) @binding(2) var<storage, read> targets: array<Lane>;                // [tiles]

#if GRADIENT
#if SUMMED
@group(0) @binding(3) var<storage, read> dy: array<f32>;                      // []
#else
@group(0) @binding(3) var<storage, read> dy: array<Lane>;                     // [tiles]
#endif
@group(0) @binding(4) var<storage, read_write> dpredictions: array<Lane>;     // [tiles]
@group(0) @binding(5) var<storage, read_write> dtargets: array<Lane>;         // [tiles]

fn walk(first: u32) {
  for (var tile = first; tile < params.tiles; tile += params.invocations) {
#if SUMMED
    let slope = Lane(dy[0] * params.scale);
#else
    let slope = dy[tile];
#endif
    let p = predictions[tile];
    let t = targets[tile];
    dpredictions[tile] = slopeOfPrediction(p, t) * slope;
    dtargets[tile] = slopeOfTarget(p, t) * slope;
  }
}
#else
#if SUMMED
@group(0) @binding(3) var<storage, read_write> partial: array<f32>;           // [slice]

fn lossAt(tile: u32) -> Lane {
  let inside = min(tile, params.tiles - 1u);
  return select(Lane(0.0), lossOf(predictions[inside], targets[inside]), tile < params.tiles);
}

// Four at a time, in pairs: fewer roundings in a row.
fn walk(slice: u32) {
  let step = params.invocations;
  var sums = Lane(0.0);
  for (var tile = slice; tile < params.tiles; tile += 4u * step) {
    let pair = lossAt(tile) + lossAt(tile + step);
    sums += pair + (lossAt(tile + 2u * step) + lossAt(tile + 3u * step));
  }
#if FOURS
  var sum = (sums.x + sums.y) + (sums.z + sums.w);
#else
  var sum = sums;
#endif
  sum *= params.scale;
  if (ADD) {
    sum += partial[slice];
  }
  partial[slice] = sum;
}
#else
@group(0) @binding(3) var<storage, read_write> loss: array<Lane>;             // [tiles]

fn walk(first: u32) {
  for (var tile = first; tile < params.tiles; tile += params.invocations) {
    loss[tile] = lossOf(predictions[tile], targets[tile]);
  }
}
#endif
#endif

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(invocation: Invocation) {
  let index = linearIndex(invocation, params.firstWorkgroup, params.gridWidth, WORKGROUP_SIZE);
  if (index >= params.invocations) {
    return;
  }
  walk(index);
}

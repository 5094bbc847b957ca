// Inverted dropout: each element is kept and scaled up, or is 0. The gradient has the same mask and kernel.
//
// x, y of any shape, flat; step a scalar; float32.
//
//   y[i] = x[i] · scale   where bits(seed, step, i) ≥ threshold, else 0
//
// The bits of element i are lane i % 4 of pcg4d(⌊i / 4⌋, step, seed's low half, seed's high half). A dropped element
// becomes 0, even if it is NaN. One invocation owns tilesOfInvocation neighbouring tiles of LANES elements.
// Reference: src/runtime/reference/dropout.ts

#import grid
#import lanes
#import random

const WORKGROUP_SIZE: u32 = 64;
override FOURS: bool = true;

struct Params {
  invocations: u32,
  firstWorkgroup: u32,
  gridWidth: u32,
  // The number of bound tiles, and the number of the first one, counted over all chunks.
  tiles: u32,
  firstTile: u32,
  tilesOfInvocation: u32,
  threshold: u32,
  scale: f32,
  seedLow: u32,
  seedHigh: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<Lane>;          // [tiles]
@group(0) @binding(2) var<storage, read> step: array<f32>;        // []
@group(0) @binding(3) var<storage, read_write> y: array<Lane>;    // [tiles]

fn bitsOf(tile: u32) -> LaneBits {
  let number = params.firstTile + tile;
  let bits = pcg4d(vec4<u32>(number / (4u / LANES), u32(step[0]), params.seedLow, params.seedHigh));
#if FOURS
  return bits;
#else
  return bits[number % 4u];
#endif
}

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(invocation: Invocation) {
  let index = linearIndex(invocation, params.firstWorkgroup, params.gridWidth, WORKGROUP_SIZE);
  if (index >= params.invocations) {
    return;
  }
  let first = index * params.tilesOfInvocation;
  let end = min(first + params.tilesOfInvocation, params.tiles);
  for (var tile = first; tile < end; tile++) {
    let kept = bitsOf(tile) >= LaneBits(params.threshold);
    y[tile] = select(Lane(0.0), x[tile] * params.scale, kept);
  }
}

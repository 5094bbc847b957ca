// Inverted dropout: each element is kept and scaled up, or is 0. The gradient has the same mask and kernel.
//
// x, y of any shape, flat; step and replica scalars; float32.
//
//   y[i] = x[i] · scale   where bits(seed, step, replica, i) ≥ threshold, else 0
//
// The bits of element i are lane i % 4 of pcg4d(⌊i / 4⌋, step, seed's low half, (seed's high half ⊕ replica) + replica ·
// 2²¹). Seeds are below 2⁵³, so their high half is below 2²¹, and replicas are below 2¹¹: the upper 11 bits of the last
// word are the replica, and each pair of a seed and a replica has its own words. The ⊕ changes lower bits too, because
// pcg4d hardly carries the upper bits of a word into other bits. A dropped element becomes 0, even if it is NaN. One invocation owns tilesOfInvocation neighbouring
// tiles of LANES elements.
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
@group(0) @binding(3) var<storage, read> replica: array<f32>;     // []
@group(0) @binding(4) var<storage, read_write> y: array<Lane>;    // [tiles]

fn bitsOf(tile: u32) -> LaneBits {
  let number = params.firstTile + tile;
  let replicaNumber = u32(replica[0]);
  let seedHigh = (params.seedHigh ^ replicaNumber) + (replicaNumber << 21u);
  let bits = pcg4d(vec4<u32>(number / (4u / LANES), u32(step[0]), params.seedLow, seedHigh));
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

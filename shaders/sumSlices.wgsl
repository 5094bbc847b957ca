// Adds the slices of a sum that was cut in parts, in order: the second half of every sliced reduction.
//
// partial [slices, elements], total [elements]; float32.
//
//   total[i] = Σ_slice partial[slice][i]
//
// One invocation owns one lane of the total, and adds from the first slice to the last: the same bits on every run.

#import grid

const WORKGROUP_SIZE: u32 = 64;
// Neighbouring elements that are handled as one value: 4 where they divide, else 1.
alias Lane = vec4<f32>;
const LANES: u32 = 4;

struct Params {
  invocations: u32,
  firstWorkgroup: u32,
  gridWidth: u32,
  slices: u32,
  elements: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> partial: array<Lane>;       // [slices, elements]
@group(0) @binding(2) var<storage, read_write> total: array<Lane>;   // [elements]

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(invocation: Invocation) {
  let i = linearIndex(invocation, params.firstWorkgroup, params.gridWidth, WORKGROUP_SIZE);
  if (i >= params.invocations) {
    return;
  }
  var sum = partial[i];
  for (var slice = 1u; slice < params.slices; slice++) {
    sum += partial[slice * (params.elements / LANES) + i];
  }
  total[i] = sum;
}

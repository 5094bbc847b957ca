// Adds the slices of a sum that was cut in parts, in order: the second half of every sliced reduction.
//
// partial [slices, elements], bias [channels], total [elements]; float32.
//
//   total[i] = act(bias[channel of i] + Σ_slice partial[slice][i])
//
// One invocation owns one lane of the total, and adds from the first slice to the last: the same bits on every run. Bias and activation are those
// of a forward convolution; a gradient has none.

#import grid
#import lanes

const WORKGROUP_SIZE: u32 = 64;
const FOURS: bool = true;
const HAS_BIAS: bool = false;
const RELU: bool = false;
// Whether the device is slow to load, and quick to compile.
const AHEAD: bool = true;

struct Params {
  invocations: u32,
  firstWorkgroup: u32,
  gridWidth: u32,
  slices: u32,
  elements: u32,
  channels: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> partial: array<Lane>;       // [slices, elements]
@group(0) @binding(2) var<storage, read> bias: array<Lane>;          // [channels]; anything where HAS_BIAS is false
@group(0) @binding(3) var<storage, read_write> total: array<Lane>;   // [elements]

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(invocation: Invocation) {
  let i = linearIndex(invocation, params.firstWorkgroup, params.gridWidth, WORKGROUP_SIZE);
  if (i >= params.invocations) {
    return;
  }
  let lanes = params.elements / LANES;
  var sum = partial[i];
  var slice = 1u;
#if AHEAD
  // Several loads are under way at a time.
  for (; slice + 3u < params.slices; slice += 4u) {
    #unroll
    for (var j = 0u; j < 4; j++) {
      sum += partial[(slice + j) * lanes + i];
    }
  }
#endif
  for (; slice < params.slices; slice++) {
    sum += partial[slice * lanes + i];
  }
  if (HAS_BIAS) {
    sum += bias[i % (params.channels / LANES)];
  }
  if (RELU) {
    sum = relu(sum);
  }
  total[i] = sum;
}

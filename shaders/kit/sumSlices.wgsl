// Adds slices in a fixed order: the second half of every sliced reduction, and the whole of a bias gradient.
//
// partial [slices, elements], bias [channels], total [elements]; float32. The last slice may be incomplete.
//
//   total[i] = act(bias[channel of i] + Σ_slice partial[slice][i])
//
// One invocation owns one lane of the total, and adds from the first slice to the last. Every run gives the same bits.
// Only a forward convolution has a bias and an activation.
// Reference: src/runtime/reference/conv2dBackwardBias.ts

#import grid
#import lanes

const WORKGROUP_SIZE: u32 = 64;
override FOURS: bool = true;
override HAS_BIAS: bool = false;
override RELU: bool = false;
// Whether `total` holds the sums of earlier chunks of the batch. This dispatch adds to them.
override ADD: bool = false;
// Whether the device is slow to load, and quick to compile.
override AHEAD: bool = true;

struct Params {
  invocations: u32,
  firstWorkgroup: u32,
  gridWidth: u32,
  // Of all slices together.
  partials: u32,
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
  let end = params.partials / LANES;
  var sum = Lane(0.0);
  var at = i;
#if AHEAD
  // Several loads are under way at a time.
  for (; at + 7u * lanes < end; at += 8u * lanes) {
    #unroll
    for (var j = 0u; j < 8; j++) {
      sum += partial[at + j * lanes];
    }
  }
#endif
  for (; at < end; at += lanes) {
    sum += partial[at];
  }
  if (ADD) {
    sum += total[i];
  }
  if (HAS_BIAS) {
    sum += bias[i % (params.channels / LANES)];
  }
  if (RELU) {
    sum = relu(sum);
  }
  total[i] = sum;
}

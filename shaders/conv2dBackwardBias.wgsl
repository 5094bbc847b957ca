// The gradient of a convolution's bias, one slice of the long sum over all output pixels; sumSlices adds the slices in order.
//
// dy [pixels, k] (nhwc with n, p and q in one); float32.
//
//   partial[slice][k] = Σ_{pixel in slice} dy[pixel, k]
//
// One invocation owns one lane of output channels of one slice. Neighbouring invocations take neighbouring channels: loads coalesce.
// CPU twin: src/cpu/conv2dBackwardBias.ts

#import grid
#import lanes

const WORKGROUP_SIZE: u32 = 64;
const FOURS: bool = true;
// Whether earlier chunks of the batch have written partial sums, for this dispatch to add to.
const ADD: bool = false;

struct Params {
  invocations: u32,
  firstWorkgroup: u32,
  gridWidth: u32,
  pixels: u32,
  k: u32,
  pixelsPerSlice: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> dy: array<Lane>;                // [pixels, k]
@group(0) @binding(2) var<storage, read_write> partial: array<Lane>;     // [slice, k]

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(invocation: Invocation) {
  let index = linearIndex(invocation, params.firstWorkgroup, params.gridWidth, WORKGROUP_SIZE);
  if (index >= params.invocations) {
    return;
  }
  let kLanes = params.k / LANES;
  let k = index % kLanes;
  let slice = index / kLanes;
  let first = slice * params.pixelsPerSlice;
  let end = min(first + params.pixelsPerSlice, params.pixels);
  var sum = Lane(0.0);
  for (var pixel = first; pixel < end; pixel++) {
    sum += dy[pixel * kLanes + k];
  }
  if (ADD) {
    sum += partial[index];
  }
  partial[index] = sum;
}

// The mean of each channel of an image, one slice of its pixels; sumSlices adds the slices in order.
//
// x [n, pixels, c] (nhwc with h and w in one); float32.
//
//   partial[slice][n,c] = Σ_{pixel in slice} x[n,pixel,c] / pixels
//
// One invocation owns LANES neighbouring channels of one image in one slice, and takes four pixels at a time.
// Neighbouring invocations take neighbouring channels: loads coalesce. With one slice, that is y.
// Reference: src/runtime/reference/globalAveragePool2d.ts

#import grid
#import lanes

override WORKGROUP_SIZE: u32 = 64;
override FOURS: bool = true;

struct Params {
  invocations: u32,
  firstWorkgroup: u32,
  gridWidth: u32,
  n: u32,
  pixels: u32,
  c: u32,
  pixelsPerSlice: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<Lane>;                 // [n, pixels, c]
@group(0) @binding(2) var<storage, read_write> partial: array<Lane>;     // [slice, n, c]

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(invocation: Invocation) {
  let index = linearIndex(invocation, params.firstWorkgroup, params.gridWidth, WORKGROUP_SIZE);
  if (index >= params.invocations) {
    return;
  }
  let lanes = params.c / LANES;
  let image = index / lanes;
  let slice = image / params.n;
  let first = slice * params.pixelsPerSlice;
  let end = min(first + params.pixelsPerSlice, params.pixels);
  let start = (image - slice * params.n) * params.pixels * lanes + index - image * lanes;
  var sum = Lane(0.0);
  for (var pixel = first; pixel < end; pixel += 4u) {
    #unroll
    for (var i = 0u; i < 4; i++) {
      let value = x[start + (pixel + i) * lanes];
      sum += select(Lane(0.0), value, pixel + i < end);
    }
  }
  partial[index] = sum / f32(params.pixels);
}

// Kernels that sum a tensor along one axis. Its other axes are joined to an outer and an inner one.
//
//   y[outer, slice, inner] = total(Σ_l x[outer, l, inner])   over l = slice, slice + slices, …
//
// The slices of a long sum become an axis of y, which the next launch sums. Slices are interleaved, so neighbouring
// invocations load neighbours. One invocation owns one lane of y, and adds in the order of l. If there is no inner
// axis, lanes may lie ALONG the summed axis. Then y holds single values, and length counts lanes.
//
// A shader that imports this declares x and y, and `fn total(sum: Total) -> Total`, which makes an output of a sum.

#import grid
#import lanes

const WORKGROUP_SIZE: u32 = 64;
override FOURS: bool = true;
override ALONG: bool = false;
// Whether y holds the sums of earlier chunks of the axis. This launch adds to them.
override ADD: bool = false;
const TILE_L: u32 = 4;

#if ALONG
alias Total = f32;
#else
alias Total = Lane;
#endif

struct Params {
  invocations: u32,
  firstWorkgroup: u32,
  gridWidth: u32,
  length: u32,
  slices: u32,
  // In lanes.
  inner: u32,
  // Where this launch's part of y begins.
  firstOutput: u32,
  // The divisor of a mean, else 1.
  divisor: f32,
}

@group(0) @binding(0) var<uniform> params: Params;

fn sumOfLanes(sum: Lane) -> Total {
#if ALONG
#if FOURS
  return (sum.x + sum.y) + (sum.z + sum.w);
#else
  return sum;
#endif
#else
  return sum;
#endif
}

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(invocation: Invocation) {
  let index = linearIndex(invocation, params.firstWorkgroup, params.gridWidth, WORKGROUP_SIZE);
  if (index >= params.invocations) {
    return;
  }
  let outerAndSlice = index / params.inner;
  let inner = index - outerAndSlice * params.inner;
  let outer = outerAndSlice / params.slices;
  let slice = outerAndSlice - outer * params.slices;
  let input = outer * params.length * params.inner + inner;
  var sum = Lane(0.0);
  for (var l = slice; l < params.length; l += TILE_L * params.slices) {
    #unroll
    for (var i = 0u; i < TILE_L; i++) {
      let position = l + i * params.slices;
      sum = select(sum, sum + x[input + position * params.inner], position < params.length);
    }
  }
  var result = total(sumOfLanes(sum));
  let output = params.firstOutput + index;
  if (ADD) {
    result += y[output];
  }
  y[output] = result;
}

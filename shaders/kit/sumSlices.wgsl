// Adds slices: the second half of a sliced convolution, with its bias and activation.
//
// partial [slices, elements], bias [channels], y [elements]; float32.
//
//   y[i] = act(bias[channel of i] + Σ_slice partial[slice][i])
//
// shaders/lib/reduction.wgsl describes the terms that one invocation sums. Every run gives the same bits.
// Only a forward convolution has a bias and an activation.
// Reference: src/runtime/reference/conv2d.ts

#import reduction

// Lanes are channels.
const ALONG: bool = false;
override HAS_BIAS: bool = false;
override RELU: bool = false;

@group(0) @binding(1) var<storage, read> partial: array<Lane>;     // [slices, elements]
@group(0) @binding(2) var<storage, read> bias: array<Lane>;        // [channels]; not read if HAS_BIAS is false
@group(0) @binding(3) var<storage, read_write> y: array<Total>;    // [elements]

fn term(i: u32) -> Lane {
  return partial[i];
}

fn total(sum: Total, output: u32) -> Total {
  var result = sum;
#if HAS_BIAS
  result += bias[output % (params.channels / LANES)];
#endif
#if RELU
  result = relu(result);
#endif
  return result;
}

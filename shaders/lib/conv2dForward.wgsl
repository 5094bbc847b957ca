// Shared by the forward kernels with register tiles: loads of four output channels of the filter, and the end of a sum.
//
// A shader that imports this declares `w`, `bias`, HAS_BIAS and RELU as the kernels in shaders/conv2d do.

#import kLanes

// Four neighbouring output channels of a row of w. Past the end of the group, the last channel repeats.
fn loadW(row: u32, k: u32, endK: u32) -> vec4<f32> {
#if K_FOURS
  return w[row + k];
#else
  let last = endK - 1u;
  return vec4<f32>(w[row + k], w[row + min(k + 1u, last)], w[row + min(k + 2u, last)], w[row + min(k + 3u, last)]);
#endif
}

// Adds the bias, if there is one, and applies the activation.
fn finish(sum: KLane, k: u32) -> KLane {
  var value = sum;
  if (HAS_BIAS) {
    value += bias[k];
  }
  if (RELU) {
    value = relu(value);
  }
  return value;
}

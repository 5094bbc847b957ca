// What the forward's register tiles share: loads of four output channels of the filter, and what is done to a sum before it is stored.
//
// Whoever imports this declares `w`, `bias`, HAS_BIAS and RELU as the kernels in shaders/conv2d do.

#import kLanes

// Four neighbouring output channels of a row of w, the last of the group in the place of those past its end.
fn loadW(row: u32, k: u32, endK: u32) -> vec4<f32> {
#if K_FOURS
  return w[row + k];
#else
  let last = endK - 1u;
  return vec4<f32>(w[row + k], w[row + min(k + 1u, last)], w[row + min(k + 2u, last)], w[row + min(k + 3u, last)]);
#endif
}

// The bias, if there is one, and the activation.
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

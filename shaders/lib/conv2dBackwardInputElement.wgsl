// One element of the gradient of a convolution's input, and the loads of four that its kernels share.
//
// Whoever imports this declares `params`, `dy` and `w` as the kernels in shaders/conv2dBackwardInput do.

#import kLanes

// Four neighbouring output channels of dy; zero in the place of those past the end of the group, before which `left` come.
fn loadDy(at: u32, left: u32) -> vec4<f32> {
#if K_FOURS
  return dy[at];
#else
  return select(vec4<f32>(0.0), vec4<f32>(dy[at], dy[at + 1u], dy[at + 2u], dy[at + 3u]), vec4<u32>(0u, 1u, 2u, 3u) < vec4<u32>(left));
#endif
}

// The same of w.
fn loadW(at: u32, left: u32) -> vec4<f32> {
#if K_FOURS
  return w[at];
#else
  return select(vec4<f32>(0.0), vec4<f32>(w[at], w[at + 1u], w[at + 2u], w[at + 3u]), vec4<u32>(0u, 1u, 2u, 3u) < vec4<u32>(left));
#endif
}

// One element, straight from its definition: for each output of its image, the tap that reaches the element, if there is one.
fn gather(n: u32, h: u32, column: u32, firstW: u32) -> f32 {
  let pixel = params.k / K_LANES;
  let kGroup = params.kPerGroup / K_LANES;
  var sum = 0.0;
  for (var r = 0u; r < params.r; r++) {
    for (var s = 0u; s < params.s; s++) {
      let paddedH = h + params.padTop - r * params.dilationHeight;
      let paddedW = column + params.padLeft - s * params.dilationWidth;
      let p = paddedH / params.strideHeight;
      let q = paddedW / params.strideWidth;
      let reaches = (r * params.dilationHeight <= h + params.padTop) & (s * params.dilationWidth <= column + params.padLeft);
      let exact = (p * params.strideHeight == paddedH) & (q * params.strideWidth == paddedW);
      for (var k = 0u; k < select(0u, kGroup, reaches & exact & (p < params.p) & (q < params.q)); k += 4u / K_LANES) {
        let gradients = loadDy(((n * params.p + p) * params.q + q) * pixel + firstW % pixel + k, kGroup - k);
        sum += dot(gradients, loadW((r * params.s + s) * params.cPerGroup * pixel + firstW + k, kGroup - k));
      }
    }
  }
  return sum;
}

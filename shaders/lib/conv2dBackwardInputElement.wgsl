// One element of the gradient of a convolution's input, and the loads of four that its kernels share.
//
// A shader that imports this declares `params`, `dy` and `w` as the kernels in shaders/conv2dBackwardInput do.

#import kLanes
#import taps

// Four neighbouring output channels of dy. `left` channels are left in the group; those past its end are zero.
fn loadDy(at: u32, left: u32) -> vec4<f32> {
#if K_FOURS
  return dy[at];
#else
  return select(vec4<f32>(0.0), vec4<f32>(dy[at], dy[at + 1u], dy[at + 2u], dy[at + 3u]), vec4<u32>(0u, 1u, 2u, 3u) < vec4<u32>(left));
#endif
}

// The same for w.
fn loadW(at: u32, left: u32) -> vec4<f32> {
#if K_FOURS
  return w[at];
#else
  return select(vec4<f32>(0.0), vec4<f32>(w[at], w[at + 1u], w[at + 2u], w[at + 3u]), vec4<u32>(0u, 1u, 2u, 3u) < vec4<u32>(left));
#endif
}

// One element by the definition: the sum over the taps that reach it from outputs that exist; see lib/taps.wgsl.
fn gather(n: u32, h: u32, column: u32, firstW: u32) -> f32 {
  let pixel = params.k / K_LANES;
  let kGroup = params.kPerGroup / K_LANES;
  let firstRow = firstReach(h + params.padTop, params.strideHeight, params.dilationHeight, params.r);
  let firstColumn = firstReach(column + params.padLeft, params.strideWidth, params.dilationWidth, params.s);
  var sum = 0.0;
  var p = firstRow.output;
  for (var r = firstRow.tap; r < params.r; r += params.tapStepHeight) {
    var q = firstColumn.output;
    for (var s = firstColumn.tap; s < params.s; s += params.tapStepWidth) {
      let exists = (u32(p) < params.p) & (u32(q) < params.q);
      for (var k = 0u; k < select(0u, kGroup, exists); k += 4u / K_LANES) {
        let gradients = loadDy(u32((i32(n * params.p) + p) * i32(params.q) + q) * pixel + firstW % pixel + k, kGroup - k);
        sum += dot(gradients, loadW((r * params.s + s) * params.cPerGroup * pixel + firstW + k, kGroup - k));
      }
      q -= i32(params.outputStepWidth);
    }
    p -= i32(params.outputStepHeight);
  }
  return sum;
}

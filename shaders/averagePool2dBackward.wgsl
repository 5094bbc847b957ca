// The gradient of average pooling: each input element gathers its share from every window that covers it.
//
// dy, dx nhwc; float32.
//
//   dx[n,h,w,c] = Σ dy[n,p,q,c] / divisor[p,q] over the windows (p, q) that cover (h, w)
//
// with the forward's divisor, lib/pool.wgsl. One invocation owns one input pixel, LANES neighbouring channels of it, and adds in the
// order of the taps.
// CPU twin: src/cpu/averagePool2dBackward.ts

#import grid
#import pixel
#import pool
#import taps

const WORKGROUP_SIZE: u32 = 64;
// Neighbouring channels that are handled as one value: 4 where they divide, else 1.
alias Lane = vec4<f32>;
const LANES: u32 = 4;
const COUNT_INCLUDE_PAD: bool = false;

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> dy: array<Lane>;         // [n, p, q, c]
@group(0) @binding(2) var<storage, read_write> dx: array<Lane>;   // [n, h, w, c]

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(invocation: Invocation) {
  let index = linearIndex(invocation, params.firstWorkgroup, params.gridWidth, WORKGROUP_SIZE);
  if (index >= params.invocations) {
    return;
  }
  let lanes = params.c / LANES;
  let at = pixelAt(index, params.h, params.w, lanes);

  let paddedH = at.row + params.padTop;
  let paddedW = at.column + params.padLeft;
  let firstR = firstTap(paddedH, params.strideHeight, params.dilationHeight, params.r);
  let firstS = firstTap(paddedW, params.strideWidth, params.dilationWidth, params.s);
  var sum = Lane(0.0);
  for (var r = firstR; r < params.r && r * params.dilationHeight <= paddedH; r += params.tapStepHeight) {
    let p = (paddedH - r * params.dilationHeight) / params.strideHeight;
    for (var s = firstS; s < params.s && s * params.dilationWidth <= paddedW; s += params.tapStepWidth) {
      let q = (paddedW - s * params.dilationWidth) / params.strideWidth;
      if (p >= params.p || q >= params.q) {
        continue;
      }
      let divisor = divisorOf(windowAt(p, q, params), params, COUNT_INCLUDE_PAD);
      sum += dy[elementAt(at.n, p, q, at.c, params.p, params.q, lanes)] / divisor;
    }
  }
  dx[index] = sum;
}

// The gradient of average pooling: each input element gathers its share from every window that covers it.
//
// dy, dx nhwc; float32.
//
//   dx[n,h,w,c] = Σ over the windows (p, q) that cover (h, w) of dy[n,p,q,c] / divisor[p,q]
//
// with the forward's divisor, lib/divisor.wgsl. One invocation owns one input pixel, LANES neighbouring channels of it, and adds in
// the order of the taps.
// CPU twin: src/cpu/averagePool2dBackward.ts

#import grid
#import divisor
#import taps

const WORKGROUP_SIZE: u32 = 64;
// Neighbouring channels that are handled as one value: 4 where they divide, else 1.
alias Lane = vec4<f32>;
const LANES: u32 = 4;
const COUNT_INCLUDE_PAD: bool = false;

struct Params {
  invocations: u32,
  h: u32,
  w: u32,
  c: u32,
  r: u32,
  s: u32,
  p: u32,
  q: u32,
  strideHeight: u32,
  strideWidth: u32,
  dilationHeight: u32,
  dilationWidth: u32,
  padTop: u32,
  padLeft: u32,
  padBottom: u32,
  padRight: u32,
  tapStepHeight: u32,
  tapStepWidth: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> dy: array<Lane>;         // [n, p, q, c]
@group(0) @binding(2) var<storage, read_write> dx: array<Lane>;   // [n, h, w, c]

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(
  @builtin(workgroup_id) workgroup: vec3<u32>,
  @builtin(num_workgroups) workgroups: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  var index = invocationIndex(workgroup, workgroups, local, WORKGROUP_SIZE);
  if (index >= params.invocations) {
    return;
  }
  let lanes = params.c / LANES;
  let c = index % lanes;
  index /= lanes;
  let column = index % params.w;
  index /= params.w;
  let h = index % params.h;
  let n = index / params.h;

  let paddedH = h + params.padTop;
  let paddedW = column + params.padLeft;
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
      let output = ((n * params.p + p) * params.q + q) * lanes + c;
      let top = i32(p * params.strideHeight) - i32(params.padTop);
      let left = i32(q * params.strideWidth) - i32(params.padLeft);
      let count = tapsCounted(top, params.h, params.padBottom, params.dilationHeight, params.r, COUNT_INCLUDE_PAD) *
        tapsCounted(left, params.w, params.padRight, params.dilationWidth, params.s, COUNT_INCLUDE_PAD);
      sum += dy[output] / f32(count);
    }
  }
  dx[((n * params.h + h) * params.w + column) * lanes + c] = sum;
}

// The second half of max pooling's gradient, ties "first": each input element gathers from the windows it won.
//
// dy, dx nhwc; float32. winner [n, p, q, c]; u32, from winner.wgsl.
//
//   dx[n,h,w,c] = Σ over the windows (p, q) that cover (h, w) of dy[n,p,q,c] where winner[n,p,q,c] is the tap at (h, w)
//
// One invocation owns one input pixel, LANES neighbouring channels of it, and adds in the order of the taps.
// CPU twin: src/cpu/maxPool2dBackward.ts

#import grid
#import taps

const WORKGROUP_SIZE: u32 = 64;
// Neighbouring channels that are handled as one value: 4 where they divide, else 1.
alias Lane = vec4<f32>;
const LANES: u32 = 4;
alias LaneBits = vec4<u32>;

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
  tapStepHeight: u32,
  tapStepWidth: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> winner: array<LaneBits>;     // [n, p, q, c]
@group(0) @binding(2) var<storage, read> dy: array<Lane>;             // [n, p, q, c]
@group(0) @binding(3) var<storage, read_write> dx: array<Lane>;       // [n, h, w, c]

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
      let won = winner[output] == LaneBits(r * params.s + s);
      sum = select(sum, sum + dy[output], won);
    }
  }
  dx[((n * params.h + h) * params.w + column) * lanes + c] = sum;
}

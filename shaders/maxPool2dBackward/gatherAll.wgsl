// The gradient of max pooling, ties "all": each input element gathers from the windows whose maximum it equals.
//
// x, y (the forward's output), dy, dx nhwc; float32.
//
//   dx[n,h,w,c] = Σ over the windows (p, q) that cover (h, w) of dy[n,p,q,c] where x[n,h,w,c] = y[n,p,q,c]
//
// One invocation owns one input pixel, LANES neighbouring channels of it, and adds in the order of the taps.
// Edges: NaN equals nothing, so a window whose maximum is NaN hands out nothing; told by its bits.
// CPU twin: src/cpu/maxPool2dBackward.ts

#import grid
#import nan
#import taps

const WORKGROUP_SIZE: u32 = 64;
// Neighbouring channels that are handled as one value: 4 where they divide, else 1.
alias Lane = vec4<f32>;
const LANES: u32 = 4;
alias LaneBits = vec4<u32>;
alias LaneBool = vec4<bool>;

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
@group(0) @binding(1) var<storage, read> x: array<Lane>;              // [n, h, w, c]
@group(0) @binding(2) var<storage, read> y: array<Lane>;              // [n, p, q, c]
@group(0) @binding(3) var<storage, read> dy: array<Lane>;             // [n, p, q, c]
@group(0) @binding(4) var<storage, read_write> dx: array<Lane>;       // [n, h, w, c]

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
  let value = x[((n * params.h + h) * params.w + column) * lanes + c];

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
      let equal = (value == y[output]) & !isNan(value);
      sum = select(sum, sum + dy[output], equal);
    }
  }
  dx[((n * params.h + h) * params.w + column) * lanes + c] = sum;
}

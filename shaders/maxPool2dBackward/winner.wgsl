// The first half of max pooling's gradient: which tap of each window takes it.
//
// x nhwc; float32. winner [n, p, q, c]; u32.
//
//   winner[n,p,q,c] = r · s-extent + s of the window's first maximum in row-major order, or of its first NaN
//
// One invocation computes one output pixel, LANES neighbouring channels of it.
// Edges: only taps inside the input are looked at; the first of them wins until a larger one is met.
// CPU twin: `winner` in src/cpu/maxPool2d.ts

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
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<Lane>;                  // [n, h, w, c]
@group(0) @binding(2) var<storage, read_write> winner: array<LaneBits>;   // [n, p, q, c]

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
  let q = index % params.q;
  index /= params.q;
  let p = index % params.p;
  let n = index / params.p;

  // The taps that lie inside the input: padding takes no part.
  let top = i32(p * params.strideHeight) - i32(params.padTop);
  let left = i32(q * params.strideWidth) - i32(params.padLeft);
  let firstR = firstTapInside(top, params.dilationHeight);
  let firstS = firstTapInside(left, params.dilationWidth);
  let endR = tapsBefore(top, i32(params.h), params.dilationHeight, params.r);
  let endS = tapsBefore(left, i32(params.w), params.dilationWidth, params.s);
  var best = x[((n * params.h + u32(top + i32(firstR * params.dilationHeight))) * params.w + u32(left + i32(firstS * params.dilationWidth))) * lanes + c];
  var bestTap = LaneBits(firstR * params.s + firstS);
  for (var r = firstR; r < endR; r++) {
    for (var s = firstS; s < endS; s++) {
      let h = u32(top + i32(r * params.dilationHeight));
      let column = u32(left + i32(s * params.dilationWidth));
      let value = x[((n * params.h + h) * params.w + column) * lanes + c];
      let better = ((value > best) | isNan(value)) & !isNan(best);
      best = select(best, value, better);
      bestTap = select(bestTap, LaneBits(r * params.s + s), better);
    }
  }
  winner[((n * params.p + p) * params.q + q) * lanes + c] = bestTap;
}

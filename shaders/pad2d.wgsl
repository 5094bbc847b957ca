// Padding: the input with a border of a constant, of its mirror image (the edge itself not repeated) or of its repeated edge.
//
// x, y nhwc; float32.
//
//   y[n,p,q,c] = x[n, source(p − padTop), source(q − padLeft), c], or the constant where there is no source
//
// with the source of lib/padding.wgsl. One invocation computes one output pixel, LANES neighbouring channels of it.
// CPU twin: src/cpu/pad2d.ts

#import grid
#import padding

const WORKGROUP_SIZE: u32 = 64;
// Neighbouring channels that are handled as one value: 4 where they divide, else 1.
alias Lane = vec4<f32>;
const LANES: u32 = 4;
// One of the PAD_… of lib/padding.wgsl.
const MODE: u32 = 0;

struct Params {
  invocations: u32,
  h: u32,
  w: u32,
  c: u32,
  p: u32,
  q: u32,
  padTop: u32,
  padLeft: u32,
  value: f32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<Lane>;          // [n, h, w, c]
@group(0) @binding(2) var<storage, read_write> y: array<Lane>;    // [n, p, q, c]

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
  let h = paddingSource(i32(p) - i32(params.padTop), i32(params.h), MODE);
  let column = paddingSource(i32(q) - i32(params.padLeft), i32(params.w), MODE);
  var value = Lane(params.value);
  if (h >= 0 && column >= 0) {
    value = x[((n * params.h + u32(h)) * params.w + u32(column)) * lanes + c];
  }
  y[((n * params.p + p) * params.q + q) * lanes + c] = value;
}

// Transposition of up to four axes: the output is the input with its axes in another order.
//
// x, y of any layout; float32.
//
//   y[i0,i1,i2,i3] = x[i0·stride0 + i1·stride1 + i2·stride2 + i3·stride3]
//
// One invocation computes one element. Stores coalesce; loads do where the last axis stays the last.
// CPU twin: src/cpu/transpose.ts

#import grid

const WORKGROUP_SIZE: u32 = 64;

struct Params {
  invocations: u32,
  firstWorkgroup: u32,
  gridWidth: u32,
  // The output's extents but for the outermost.
  extent1: u32,
  extent2: u32,
  extent3: u32,
  // The step in x for one along each axis of y.
  stride0: u32,
  stride1: u32,
  stride2: u32,
  stride3: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(invocation: Invocation) {
  let index = linearIndex(invocation, params.firstWorkgroup, params.gridWidth, WORKGROUP_SIZE);
  if (index >= params.invocations) {
    return;
  }
  let i3 = index % params.extent3;
  let i2 = (index / params.extent3) % params.extent2;
  let i1 = (index / (params.extent3 * params.extent2)) % params.extent1;
  let i0 = index / (params.extent3 * params.extent2 * params.extent1);
  y[index] = x[i0 * params.stride0 + i1 * params.stride1 + i2 * params.stride2 + i3 * params.stride3];
}

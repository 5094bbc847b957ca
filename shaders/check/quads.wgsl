// Whether four neighbouring invocations of a workgroup form a quad.
//
// y [invocations, 4]; float32. The value of an invocation in a step is 8 · its index + the step. A quad makes 1 to 4
// steps, by its number, because in other kernels, too, quads may have loops of different lengths. With SHARING = 4:
//
//   y[i, j] = Σ_{step < 1 + (i / 4) mod 4} (8 · (4 · (i / 4) + j) + step)
//
// One invocation computes one row of y: the values that the four invocations of its quad pass to it. All values are
// whole numbers that float32 holds exactly.
// Edges: quads past the last row end at once. The other quads of the workgroup continue.

#import grid
#import quads

override WORKGROUP_SIZE: u32 = 16;
override QUADS: bool = false;

alias Shared = vec4<f32>;

struct Params {
  invocations: u32,
  firstWorkgroup: u32,
  gridWidth: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> y: array<vec4<f32>>;

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(invocation: Invocation) {
  let index = linearIndex(invocation, params.firstWorkgroup, params.gridWidth, WORKGROUP_SIZE);
  if (index >= params.invocations) {
    return;
  }
  let steps = 1u + (index / 4u) % 4u;
  var sums = vec4<f32>();
  for (var step = 0u; step < steps; step++) {
    let own = vec4<f32>(f32(8u * index + step));
    sums += vec4<f32>(
      quadBroadcast(own, 0u).x,
      quadBroadcast(own, 1u).y,
      quadBroadcast(own, 2u).z,
      quadBroadcast(own, 3u).w,
    );
  }
  y[index] = sums;
}

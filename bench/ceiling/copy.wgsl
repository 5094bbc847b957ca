// A copy from storage to storage: the bandwidth that a kernel which only moves values can hope for.
//
// VECTORS neighbouring vec4 in each invocation: 1 is what a GPU's neighbouring lanes want, more what a software adapter does.

#import grid

override WORKGROUP_SIZE: u32 = 64;
override VECTORS: u32 = 1;

struct Params {
  gridWidth: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<vec4<f32>>;         // [invocations, VECTORS]
@group(0) @binding(2) var<storage, read_write> y: array<vec4<f32>>;   // like x

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(invocation: Invocation) {
  let first = linearIndex(invocation, 0u, params.gridWidth, WORKGROUP_SIZE) * VECTORS;
  #unroll
  for (var i = 0u; i < VECTORS; i++) {
    y[first + i] = x[first + i];
  }
}

// Multiply-adds in registers alone: the speed that no kernel of this adapter passes.
//
// CHAINS independent sums in each invocation, each a chain of 8 multiply-adds an iteration, all scalar: a software adapter makes a vector of
// the invocations anyway, and spills vectors of vectors.

#import grid

override WORKGROUP_SIZE: u32 = 64;
override CHAINS: u32 = 16;

struct Params {
  gridWidth: u32,
  iterations: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> values: array<f32>;    // [invocations]

fn eightTimes(sum: f32, m: f32, a: f32) -> f32 {
  return (((((((sum * m + a) * m + a) * m + a) * m + a) * m + a) * m + a) * m + a) * m + a;
}

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(invocation: Invocation) {
  let index = linearIndex(invocation, 0u, params.gridWidth, WORKGROUP_SIZE);
  // Known at run time only, so that no sum is folded; below 1, so that none overflows.
  let m = values[index];
  let a = 1.0 - m;
  var sums: array<f32, CHAINS>;
  #unroll
  for (var i = 0u; i < CHAINS; i++) {
    sums[i] = m * f32(i);
  }
  for (var iteration = 0u; iteration < params.iterations; iteration++) {
    #unroll
    for (var i = 0u; i < CHAINS; i++) {
      sums[i] = eightTimes(sums[i], m, a);
    }
  }
  var total = 0.0;
  #unroll
  for (var i = 0u; i < CHAINS; i++) {
    total += sums[i];
  }
  values[index] = min(total, 0.5);
}

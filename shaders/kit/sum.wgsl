// The sum of a tensor's elements along one axis at a time. It also adds the slices of other kernels.
//
// x, y of any shapes; float32.
//
//   y = Σ x   over the axes that are reduced
//
// shaders/lib/reduction.wgsl describes the terms that one invocation sums.
// Reference: src/runtime/reference/reduceSum.ts

#import reduction

override ALONG: bool = false;

@group(0) @binding(1) var<storage, read> x: array<Lane>;           // [outer, length, inner]
@group(0) @binding(2) var<storage, read_write> y: array<Total>;    // [outer, slices, inner]

fn term(i: u32) -> Lane {
  return x[i];
}

fn total(sum: Total, _output: u32) -> Total {
  return sum;
}

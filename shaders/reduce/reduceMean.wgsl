// The mean of a tensor's elements along one axis at a time.
//
// x, y of any shapes; float32.
//
//   y = Σ x / divisor   over the axes that are reduced; the divisor is the number of elements of one mean
//
// shaders/lib/reduction.wgsl describes the terms that one invocation sums. The last stage divides. The stages before it
// use kit/sum.wgsl.
// Reference: src/runtime/reference/reduceMean.ts

#import reduction

override ALONG: bool = false;

@group(0) @binding(1) var<storage, read> x: array<Lane>;           // [outer, length, inner]
@group(0) @binding(2) var<storage, read_write> y: array<Total>;    // [outer, slices, inner]

fn term(i: u32) -> Lane {
  return x[i];
}

fn total(sum: Total, _output: u32) -> Total {
  return sum / params.divisor;
}

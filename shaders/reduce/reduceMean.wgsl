// The mean of a tensor's elements along one of its axes at a time.
//
// x, y of any shapes; float32.
//
//   y = Σ x / divisor   over the axes that are reduced, whose elements the divisor counts
//
// What an invocation adds: shaders/lib/reduction.wgsl. The last run divides; those before it are of reduceSum.
// Reference: src/runtime/reference/reduceMean.ts

#import reduction

@group(0) @binding(1) var<storage, read> x: array<Lane>;           // [outer, length, inner]
@group(0) @binding(2) var<storage, read_write> y: array<Total>;    // [outer, slices, inner]

fn total(sum: Total) -> Total {
  return sum / params.divisor;
}

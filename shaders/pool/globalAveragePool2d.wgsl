// The mean of each channel of an image.
//
// x [n, pixels, c] (nhwc with h and w in one), y [n, c]; float32.
//
//   y[n,c] = Σ_pixel x[n,pixel,c] / pixels
//
// shaders/lib/reduction.wgsl describes the terms that one invocation sums. If the pixels are cut into slices, the last
// launch divides.
// Reference: src/runtime/reference/globalAveragePool2d.ts

#import reduction

override ALONG: bool = false;

@group(0) @binding(1) var<storage, read> x: array<Lane>;           // [n, pixels, c]
@group(0) @binding(2) var<storage, read_write> y: array<Total>;    // [n, slices, c]

fn term(i: u32) -> Lane {
  return x[i];
}

fn total(sum: Total, _output: u32) -> Total {
  return sum / params.divisor;
}

// The rectified linear unit.
//
// x, y of any shape; float32.
//
//   y[i] = 0 where x[i] < 0, else x[i]   so that NaN stays NaN
//
// CPU twin: src/runtime/reference/relu.ts

#import elements

@group(0) @binding(1) var<storage, read> x: array<Lane>;
@group(0) @binding(2) var<storage, read_write> y: array<Lane>;

fn element(i: u32) {
  let value = x[i];
  y[i] = relu(value);
}

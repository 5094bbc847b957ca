// The leaky rectified linear unit.
//
// x, y of any shape; float32.
//
//   y[i] = alpha · x[i] where x[i] < 0, else x[i]   so that NaN stays NaN
//
// CPU twin: src/runtime/reference/leakyRelu.ts

#import elements

@group(0) @binding(1) var<storage, read> x: array<Lane>;
@group(0) @binding(2) var<storage, read_write> y: array<Lane>;

fn element(i: u32) {
  let value = x[i];
  y[i] = select(value, params.alpha * value, value < Lane(0.0));
}

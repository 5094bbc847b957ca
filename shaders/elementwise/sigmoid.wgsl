// The logistic function.
//
// x, y of any shape; float32.
//
//   y[i] = 1 / (1 + exp(−x[i]))
//
// Computed from exp(−|x|), which is at most 1: it neither overflows nor loses digits for a large |x|. NaN stays NaN, told by its bits, since
// WGSL does not promise that exp keeps it.
// CPU twin: src/runtime/reference/sigmoid.ts

#import elements
#import nan

@group(0) @binding(1) var<storage, read> x: array<Lane>;
@group(0) @binding(2) var<storage, read_write> y: array<Lane>;

fn element(i: u32) {
  let value = x[i];
  let power = exp(-abs(value));
  let result = select(power, Lane(1.0), value >= Lane(0.0)) / (1.0 + power);
  y[i] = select(result, value, isNan(value));
}

// The gradient of the hyperbolic tangent, by the forward's output.
//
// y, dy, dx of any shape; float32.
//
//   dx[i] = dy[i] · (1 − y[i]²)   as (1 − y)(1 + y), which keeps its digits where |y| is near 1
//
// CPU twin: src/runtime/reference/tanhBackward.ts

#import elements

@group(0) @binding(1) var<storage, read> y: array<Lane>;
@group(0) @binding(2) var<storage, read> dy: array<Lane>;
@group(0) @binding(3) var<storage, read_write> dx: array<Lane>;

fn element(i: u32) {
  let value = y[i];
  dx[i] = dy[i] * ((1.0 - value) * (1.0 + value));
}

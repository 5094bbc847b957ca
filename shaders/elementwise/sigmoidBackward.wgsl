// The gradient of the logistic function, by the forward's output.
//
// y, dy, dx of any shape; float32.
//
//   dx[i] = dy[i] · y[i] · (1 − y[i])
//
// CPU twin: src/runtime/reference/sigmoidBackward.ts

#import elements

@group(0) @binding(1) var<storage, read> y: array<Lane>;
@group(0) @binding(2) var<storage, read> dy: array<Lane>;
@group(0) @binding(3) var<storage, read_write> dx: array<Lane>;

fn element(i: u32) {
  let value = y[i];
  dx[i] = dy[i] * (value * (1.0 - value));
}

// The gradient of the rectified linear unit, by the forward's output.
//
// y, dy, dx of any shape; float32.
//
//   dx[i] = 0 where y[i] ≤ 0, else dy[i]   so that the gradient passes where y is NaN
//
// CPU twin: src/runtime/reference/reluBackward.ts

#import elements

@group(0) @binding(1) var<storage, read> y: array<Lane>;
@group(0) @binding(2) var<storage, read> dy: array<Lane>;
@group(0) @binding(3) var<storage, read_write> dx: array<Lane>;

fn element(i: u32) {
  dx[i] = select(dy[i], Lane(0.0), y[i] <= Lane(0.0));
}

// The gradient of the leaky rectified linear unit.
//
// x, dy, dx of any shape; float32.
//
//   dx[i] = alpha · dy[i] where x[i] ≤ 0, else dy[i]   so that the gradient passes where x is NaN
//
// CPU twin: src/runtime/reference/leakyReluBackward.ts

#import elements

@group(0) @binding(1) var<storage, read> x: array<Lane>;
@group(0) @binding(2) var<storage, read> dy: array<Lane>;
@group(0) @binding(3) var<storage, read_write> dx: array<Lane>;

fn element(i: u32) {
  let gradient = dy[i];
  dx[i] = select(gradient, params.alpha * gradient, x[i] <= Lane(0.0));
}

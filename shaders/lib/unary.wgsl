// Kernels of operators with one operand: y = f(x), or the gradient of x.
//
// x, y, v, dy, dx of any shape, all of the same; float32.
//
// A shader that imports this declares two functions:
//
//   fn value(x: Lane) -> Lane                   f(x)
//   fn gradient(x: Lane, dy: Lane) -> Lane      f′(x) · dy, or, where it takes y, f′ · dy computed from y = f(x)

#import elements

// Whether dx is computed from v and dy, where v is x or y, as `gradient` takes it. If not, y is computed from x.
override GRADIENT: bool = false;

#if GRADIENT
@group(0) @binding(1) var<storage, read> v: array<Lane>;
@group(0) @binding(2) var<storage, read> dy: array<Lane>;
@group(0) @binding(3) var<storage, read_write> dx: array<Lane>;

fn element(i: u32) {
  dx[i] = gradient(v[i], dy[i]);
}
#else
@group(0) @binding(1) var<storage, read> x: array<Lane>;
@group(0) @binding(2) var<storage, read_write> y: array<Lane>;

fn element(i: u32) {
  y[i] = value(x[i]);
}
#endif

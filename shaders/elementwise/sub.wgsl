// The difference of two tensors, with broadcasting.
//
//   y = a − b
//   da = dy, db = −dy
//
// Reference: src/runtime/reference/elementwise.ts

#import binary

fn value(a: Lane, b: Lane) -> Lane {
  return a - b;
}

fn gradientA(a: Lane, b: Lane, dy: Lane) -> Lane {
  return dy;
}

fn gradientB(a: Lane, b: Lane, dy: Lane) -> Lane {
  return -dy;
}

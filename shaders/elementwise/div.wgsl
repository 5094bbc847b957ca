// The elementwise quotient of two tensors, with broadcasting.
//
//   y = a / b
//   da = dy / b, db = −dy · (a / b) / b
//
// Reference: src/runtime/reference/elementwise.ts

#import binary
#import divide

fn value(a: Lane, b: Lane) -> Lane {
  return divide(a, b);
}

fn gradientA(a: Lane, b: Lane, dy: Lane) -> Lane {
  return divide(dy, b);
}

fn gradientB(a: Lane, b: Lane, dy: Lane) -> Lane {
  return -dy * divide(divide(a, b), b);
}

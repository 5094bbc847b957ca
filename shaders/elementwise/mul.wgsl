// The elementwise product of two tensors, with broadcasting.
//
//   y = a · b
//   da = dy · b, db = dy · a
//
// Reference: src/runtime/reference/elementwise.ts

#import binary

fn value(a: Lane, b: Lane) -> Lane {
  return a * b;
}

fn gradientA(a: Lane, b: Lane, dy: Lane) -> Lane {
  return dy * b;
}

fn gradientB(a: Lane, b: Lane, dy: Lane) -> Lane {
  return dy * a;
}

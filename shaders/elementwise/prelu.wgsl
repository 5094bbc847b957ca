// The parametric rectified linear unit: a is x, b is its slope where x is not positive.
//
//   y = a where a > 0, else b · a. NaN stays NaN
//   da = dy where a > 0, else b · dy
//   db = 0 where a > 0, else a · dy
//
// Reference: src/runtime/reference/elementwise.ts

#import binary

fn value(a: Lane, b: Lane) -> Lane {
  return select(b * a, a, a > Lane(0.0));
}

fn gradientA(a: Lane, b: Lane, dy: Lane) -> Lane {
  return select(b * dy, dy, a > Lane(0.0));
}

fn gradientB(a: Lane, b: Lane, dy: Lane) -> Lane {
  return select(a * dy, Lane(0.0), a > Lane(0.0));
}

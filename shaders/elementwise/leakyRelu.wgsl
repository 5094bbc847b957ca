// The leaky rectified linear unit.
//
//   y = alpha · x where x < 0, else x. NaN stays NaN
//   dx = alpha · dy where x ≤ 0, else dy. The gradient passes where x is NaN
//
// Reference: src/runtime/reference/elementwise.ts

#import unary

fn value(x: Lane) -> Lane {
  return select(x, params.alpha * x, x < Lane(0.0));
}

fn gradient(x: Lane, dy: Lane) -> Lane {
  return select(dy, params.alpha * dy, x <= Lane(0.0));
}

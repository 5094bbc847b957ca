// The rectified linear unit.
//
//   y = 0 where x < 0, else x. NaN stays NaN
//   dx = 0 where y ≤ 0, else dy. The gradient passes where y is NaN
//
// Reference: src/runtime/reference/elementwise.ts

#import unary

fn value(x: Lane) -> Lane {
  return relu(x);
}

fn gradient(y: Lane, dy: Lane) -> Lane {
  return select(dy, Lane(0.0), y <= Lane(0.0));
}

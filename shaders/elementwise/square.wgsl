// The square.
//
//   y = x²
//   dx = 2 x · dy
//
// Reference: src/runtime/reference/elementwise.ts

#import unary

fn value(x: Lane) -> Lane {
  return x * x;
}

fn gradient(x: Lane, dy: Lane) -> Lane {
  return 2.0 * (x * dy);
}

// The exponential function.
//
//   y = exp(x)
//   dx = dy · y
//
// Reference: src/runtime/reference/elementwise.ts

#import unary
#import nan

fn value(x: Lane) -> Lane {
  return keepNan(exp(x), x);
}

fn gradient(y: Lane, dy: Lane) -> Lane {
  return dy * y;
}

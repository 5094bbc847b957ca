// The logistic function.
//
//   y = 1 / (1 + exp(−x))
//   dx = dy · y · (1 − y)
//
// Reference: src/runtime/reference/elementwise.ts

#import unary
#import logistic
#import nan

fn value(x: Lane) -> Lane {
  return keepNan(logistic(x), x);
}

fn gradient(y: Lane, dy: Lane) -> Lane {
  return dy * (y * (1.0 - y));
}

// The natural logarithm.
//
//   y = log(x): −∞ where x = 0, NaN where x < 0
//   dx = dy / x
//
// Reference: src/runtime/reference/elementwise.ts

#import unary
#import nan
#import logarithm
#import divide

fn value(x: Lane) -> Lane {
  return logarithm(x);
}

fn gradient(x: Lane, dy: Lane) -> Lane {
  return divide(dy, x);
}

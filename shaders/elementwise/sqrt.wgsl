// The square root.
//
//   y = √x: NaN where x < 0
//   dx = dy / (2 y)
//
// Reference: src/runtime/reference/elementwise.ts

#import unary
#import nan
#import divide

fn value(x: Lane) -> Lane {
  return keepNan(select(sqrt(x), nanFrom(x), x < Lane(0.0)), x);
}

fn gradient(y: Lane, dy: Lane) -> Lane {
  return divide(dy, y + y);
}

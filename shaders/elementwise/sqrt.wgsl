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
  // 2 y may overflow, and dy / 2 may underflow. Whichever is out of range for this y is not computed.
  let isLarge = abs(y) > Lane(1.0);
  return divide(select(dy, 0.5 * dy, isLarge), select(y + y, y, isLarge));
}

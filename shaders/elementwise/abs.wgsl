// The absolute value.
//
//   y = |x|
//   dx = dy where x > 0, −dy where x < 0, 0 where x = 0
//
// Reference: src/runtime/reference/elementwise.ts

#import unary
#import nan

fn value(x: Lane) -> Lane {
  return abs(x);
}

fn gradient(x: Lane, dy: Lane) -> Lane {
  let signed = select(-dy, dy, x > Lane(0.0));
  return keepNan(select(signed, Lane(0.0), x == Lane(0.0)), x);
}

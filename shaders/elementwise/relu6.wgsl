// The rectified linear unit, limited to 6.
//
//   y = 0 where x < 0, 6 where x > 6, else x
//   dx = dy where 0 < y < 6 or y is NaN, else 0
//
// Reference: src/runtime/reference/elementwise.ts

#import unary
#import nan

fn value(x: Lane) -> Lane {
  return keepNan(clamp(x, Lane(0.0), Lane(6.0)), x);
}

fn gradient(y: Lane, dy: Lane) -> Lane {
  let outside = (y <= Lane(0.0)) | (y >= Lane(6.0));
  return select(dy, Lane(0.0), outside & !isNan(y));
}

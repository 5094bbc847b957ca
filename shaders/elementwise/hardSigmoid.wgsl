// The hard sigmoid function: a line, limited to the range from 0 to 1.
//
//   y = alpha · x + beta, 0 where that is negative, 1 where it is above 1
//   dx = alpha · dy where min < x < max or x is NaN, else 0
//
// min and max are the x at which the line meets 0 and 1.
//
// Reference: src/runtime/reference/elementwise.ts

#import unary
#import nan

fn value(x: Lane) -> Lane {
  return keepNan(clamp(params.alpha * x + params.beta, Lane(0.0), Lane(1.0)), x);
}

fn gradient(x: Lane, dy: Lane) -> Lane {
  let outside = (x <= Lane(params.min)) | (x >= Lane(params.max));
  return select(params.alpha * dy, Lane(0.0), outside & !isNan(x));
}

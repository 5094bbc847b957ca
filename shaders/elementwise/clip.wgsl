// Limits values to the range from min to max.
//
//   y = min where x < min, max where x > max, else x; min ≤ max
//   dx = dy where min ≤ x ≤ max or x is NaN, else 0
//
// Reference: src/runtime/reference/elementwise.ts

#import unary
#import nan

fn value(x: Lane) -> Lane {
  return keepNan(min(max(x, Lane(params.min)), Lane(params.max)), x);
}

fn gradient(x: Lane, dy: Lane) -> Lane {
  let outside = (x < Lane(params.min)) | (x > Lane(params.max));
  return select(dy, Lane(0.0), outside & !isNan(x));
}

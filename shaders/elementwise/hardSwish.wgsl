// The hard swish function.
//
//   y = 0 where x ≤ −3, x where x ≥ 3, else x · (x + 3) / 6
//   dx = 0 where x ≤ −3, dy where x ≥ 3, else (x / 3 + 1/2) · dy
//
// Reference: src/runtime/reference/elementwise.ts

#import unary
#import nan

fn value(x: Lane) -> Lane {
  let inside = x * ((x + 3.0) * (1.0 / 6.0));
  let result = select(inside, x, x >= Lane(3.0));
  return keepNan(select(result, Lane(0.0), x <= Lane(-3.0)), x);
}

fn gradient(x: Lane, dy: Lane) -> Lane {
  let inside = select((x * (1.0 / 3.0) + 0.5) * dy, dy, x >= Lane(3.0));
  return keepNan(select(inside, Lane(0.0), x <= Lane(-3.0)), x);
}

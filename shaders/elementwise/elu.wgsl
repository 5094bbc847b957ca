// The exponential linear unit.
//
//   y = x where x > 0, else alpha · (exp(x) − 1)
//   dx = dy where x > 0, else alpha · exp(x) · dy
//
// Reference: src/runtime/reference/elementwise.ts

#import unary
#import nan

// exp(x) − 1, without NaN. From −1 to 0 the difference would lose digits. There it is a minimax polynomial with a
// relative error of 2⁻²⁸.
fn powerMinusOne(x: Lane) -> Lane {
  var series = x * 1.283807357e-4 + 1.298663797e-3;
  series = series * x + 8.2730956e-3;
  series = series * x + 4.164557742e-2;
  series = series * x + 1.66663098e-1;
  series = series * x + 4.999997703e-1;
  series = series * x + 1.0;
  return select(exp(x) - 1.0, series * x, x > Lane(-1.0));
}

fn value(x: Lane) -> Lane {
  return keepNan(select(params.alpha * powerMinusOne(x), x, x > Lane(0.0)), x);
}

fn gradient(x: Lane, dy: Lane) -> Lane {
  return keepNan(select(params.alpha * exp(x) * dy, dy, x > Lane(0.0)), x);
}

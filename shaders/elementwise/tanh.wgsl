// The hyperbolic tangent.
//
//   y = sign(x) · (1 − power) / (1 + power), where power = exp(−2 |x|)
//   dx = dy · (1 − y²), as (1 − y)(1 + y), which keeps its digits where |y| is near 1
//
// WGSL's own tanh may be inaccurate near 0, and some implementations overflow for a large |x|. Near 0, 1 − power would
// lose its digits, so a polynomial is used there. Its coefficients are those of Cephes' tanhf (Stephen Moshier).
//
// Reference: src/runtime/reference/elementwise.ts

#import unary
#import nan

fn value(x: Lane) -> Lane {
  let power = exp(-2.0 * abs(x));
  let ratio = (1.0 - power) / (1.0 + power);
  let far = select(-ratio, ratio, x >= Lane(0.0));

  let square = x * x;
  var series = square * -5.70498872745e-3 + 2.06390887954e-2;
  series = series * square - 5.37397155531e-2;
  series = series * square + 1.33314422036e-1;
  series = series * square - 3.33332819422e-1;
  let near = series * square * x + x;

  return keepNan(select(far, near, abs(x) < Lane(0.625)), x);
}

fn gradient(y: Lane, dy: Lane) -> Lane {
  return dy * ((1.0 - y) * (1.0 + y));
}

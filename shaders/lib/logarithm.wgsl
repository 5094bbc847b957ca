// The natural logarithm.
//
// WGSL grants its log an absolute error of 2⁻²¹ from 1/2 to 2, so that it may have no digit right near 1. There a
// polynomial takes its place.

// log((1 + d) / (1 − d)) = 2 artanh d for |d| ≤ 1/3. The polynomial in d² is the minimax one, within 2⁻²⁷ of the value.
fn logarithmOfRatio(d: Lane) -> Lane {
  let square = d * d;
  var series = square * 0.2817833263 + 0.2796060759;
  series = series * square + 0.4002490953;
  series = series * square + 0.6666631471;
  series = series * square + 2.0;
  return series * d;
}

// −∞ of 0, NaN of what is negative.
fn logarithm(x: Lane) -> Lane {
  let near = logarithmOfRatio((x - 1.0) / (x + 1.0));
  var result = select(log(x), near, (x >= Lane(0.5)) & (x <= Lane(2.0)));
  result = select(result, -infinityFrom(x), x == Lane(0.0));
  result = select(result, nanFrom(x), x < Lane(0.0));
  return keepNan(result, x);
}

// The natural logarithm.
//
// WGSL allows log an absolute error of 2⁻²¹ from 1/2 to 2, so near 1 no digit may be correct. A polynomial is used
// there.

// log((1 + d) / (1 − d)) = 2 artanh d for |d| ≤ 1/3. The polynomial in d² is the minimax one, with a relative error of
// 2⁻²⁷.
fn logarithmOfRatio(d: Lane) -> Lane {
  let square = d * d;
  var series = square * 0.2817833263 + 0.2796060759;
  series = series * square + 0.4002490953;
  series = series * square + 0.6666631471;
  series = series * square + 2.0;
  return series * d;
}

// −∞ for 0, NaN for negative numbers.
fn logarithm(x: Lane) -> Lane {
  let near = logarithmOfRatio((x - 1.0) / (x + 1.0));
  var result = select(log(x), near, (x >= Lane(0.5)) & (x <= Lane(2.0)));
  result = select(result, -infinityFrom(x), x == Lane(0.0));
  result = select(result, nanFrom(x), x < Lane(0.0));
  return keepNan(result, x);
}

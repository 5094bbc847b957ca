// A tensor raised to the power of another, with broadcasting.
//
//   y = a^b, computed as ± exp(b · log |a|)
//   da = dy · b · a^(b − 1), 0 where b = 0
//   db = dy · y · log(a), 0 where a = 0 and b ≥ 0; NaN where a < 0
//
// Special values are those of IEEE 754's pow: y = 1 where b = 0 or a = 1, even where the other is NaN, and where a = −1
// and b is infinite. Where a < 0 is finite, y is NaN unless b is whole, and has the sign of a where b is odd.
//
// Reference: src/runtime/reference/elementwise.ts

#import binary
#import nan
#import logarithm

fn power(a: Lane, b: Lane) -> Lane {
  let size = abs(a);
  let whole = floor(b) == b;
  let half = 0.5 * b;
  let odd = whole & (floor(half) != half);
  let negative = bitcast<LaneBits>(a) > LaneBits(0x7fffffffu);

  var result = exp(b * logarithm(size));
  result = select(result, -result, negative & odd);
  result = select(result, nanFrom(a), (a < Lane(0.0)) & (size <= Lane(0x1.fffffep127)) & !whole);
  result = keepNan(keepNan(result, a), b);
  let endless = bitcast<LaneBits>(abs(b)) == LaneBits(0x7f800000u);
  return select(result, Lane(1.0), (b == Lane(0.0)) | (a == Lane(1.0)) | ((size == Lane(1.0)) & endless));
}

fn value(a: Lane, b: Lane) -> Lane {
  return power(a, b);
}

fn gradientA(a: Lane, b: Lane, dy: Lane) -> Lane {
  return select(dy * (b * power(a, b - 1.0)), Lane(0.0), b == Lane(0.0));
}

fn gradientB(a: Lane, b: Lane, dy: Lane) -> Lane {
  return select(dy * (power(a, b) * logarithm(a)), Lane(0.0), (a == Lane(0.0)) & (b >= Lane(0.0)));
}

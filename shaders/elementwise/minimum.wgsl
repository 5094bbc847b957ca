// The smaller of two tensors, element by element, with broadcasting.
//
//   y = a where a < b, else b; NaN where either is NaN
//   da = dy where a < b, dy / 2 where a = b, else 0; db alike
//
// Reference: src/runtime/reference/elementwise.ts

#import binary
#import nan

fn value(a: Lane, b: Lane) -> Lane {
  return keepNan(keepNan(min(a, b), a), b);
}

// NaN is not smaller, larger or equal, so both operands get dy.
fn share(own: Lane, other: Lane, dy: Lane) -> Lane {
  let isNumber = !(isNan(own) | isNan(other));
  let passed = select(dy, 0.5 * dy, (own == other) & isNumber);
  return select(passed, Lane(0.0), (own > other) & isNumber);
}

fn gradientA(a: Lane, b: Lane, dy: Lane) -> Lane {
  return share(a, b, dy);
}

fn gradientB(a: Lane, b: Lane, dy: Lane) -> Lane {
  return share(b, a, dy);
}

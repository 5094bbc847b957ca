// The quotient of any two numbers.
//
// WGSL promises 2.5 units in the last place for a divisor of up to 2¹²⁶. The reciprocal of a larger one is subnormal,
// and adapters may flush it to zero. So both operands are divided by 4 there. The quotient stays the same.

fn divide(a: Lane, b: Lane) -> Lane {
  let scale = select(Lane(1.0), Lane(0.25), abs(b) > Lane(0x1p126));
  return (a * scale) / (b * scale);
}

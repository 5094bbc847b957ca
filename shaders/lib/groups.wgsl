// The functions that the kernels of group normalization share.
//
// The channels of x [n, pixels, groups, d] are normalized in groups of d.
//
// Lanes lie along the channels. If ALONG, all channels of a lane are in one group, and a group has one value of each
// statistic. Else each channel of a lane is a group of its own (d = 1).
//
// A shader that imports this declares ALONG.

#import lanes

#if ALONG
alias Value = f32;
alias ValueBits = u32;
#else
alias Value = Lane;
alias ValueBits = LaneBits;
#endif

// The statistics of a group: four values, groups apart.
struct Statistics {
  factor: Value,
  mean: Value,
  rest: Value,
  root: Value,
}

// (x − mean) · root in the group's own scale. The mean is the sum of two numbers: with a single number, its rounding
// error would be large for a mean that is much larger than the spread.
fn normalized(x: Lane, statistics: Statistics) -> Lane {
  return ((x * statistics.factor - statistics.mean) - statistics.rest) * statistics.root;
}

// root · factor as two factors of another number, to be multiplied by one after the other. If the root is small, its product
// with the factor may vanish. If it is large, the other number's product with it may overflow.
fn insideRange(root: Value, factor: Value) -> TwoFactors {
  let isLarge = abs(root) >= Value(1.0);
  return TwoFactors(select(root, root * factor, isLarge), select(factor, Value(1.0), isLarge));
}

struct TwoFactors {
  first: Value,
  second: Value,
}

// A power of two. Its product with the largest |x|, or with the root of epsilon if that is larger, lies between 2⁻⁴⁰
// and 2⁴¹. So no square overflows, and no square that matters underflows. It is 1 for most values.
fn factorOf(largest: Value, rootOfEpsilon: f32) -> Value {
  let exponent = max(bitcast<ValueBits>(largest), ValueBits(bitcast<u32>(rootOfEpsilon))) >> ValueBits(23u);
  let wanted = clamp(exponent, ValueBits(87u), ValueBits(167u));
  return bitcast<Value>((ValueBits(127u) + wanted - exponent) << ValueBits(23u));
}

// The origin from which distances are summed: the value, or 0 if it is NaN or infinite. With the origin 0, the mean is NaN
// or infinite if the sum is.
fn finite(value: Value) -> Value {
  return select(value, Value(0.0), (bitcast<ValueBits>(value) & ValueBits(0x7fffffffu)) >= ValueBits(0x7f800000u));
}

// The reciprocal of a power of two.
fn inverseOfPower(power: Value) -> Value {
  return bitcast<Value>(ValueBits(0x7f000000u) - bitcast<ValueBits>(power));
}

// The same number. The compiler cannot see that, because it does not know that all bits of the mask are set. Otherwise
// it could compute a difference from another mean than the stored one.
fn rounded(mean: Value, mask: u32) -> Value {
  return bitcast<Value>(bitcast<ValueBits>(mean) & ValueBits(mask));
}

#if ALONG
#if FOURS
// The number of channels of a lane that belong to one group.
const LANES_OF_GROUP: u32 = 4;

fn sumOfLanes(x: Lane) -> Value {
  return (x.x + x.y) + (x.z + x.w);
}

fn firstOfLanes(x: Lane) -> Value {
  return x.x;
}

fn largestOfLanes(bits: LaneBits) -> Value {
  return bitcast<f32>(max(max(bits.x, bits.y), max(bits.z, bits.w)));
}
#else
const LANES_OF_GROUP: u32 = 1;

fn sumOfLanes(x: Lane) -> Value {
  return x;
}

fn firstOfLanes(x: Lane) -> Value {
  return x;
}

fn largestOfLanes(bits: LaneBits) -> Value {
  return bitcast<Value>(bits);
}
#endif
#else
const LANES_OF_GROUP: u32 = 1;

fn sumOfLanes(x: Lane) -> Value {
  return x;
}

fn firstOfLanes(x: Lane) -> Value {
  return x;
}

fn largestOfLanes(bits: LaneBits) -> Value {
  return bitcast<Value>(bits);
}
#endif

// Whether a factor is not 1.
#if ALONG
fn isScaled(factor: Value) -> bool {
  return factor != 1.0;
}
#else
#if FOURS
fn isScaled(factor: Value) -> bool {
  return any(factor != Value(1.0));
}
#else
fn isScaled(factor: Value) -> bool {
  return factor != 1.0;
}
#endif
#endif

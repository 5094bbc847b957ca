// NaN, told by its bits: compilers may assume that it does not occur, and fold x != x to false.

fn isNan(x: Lane) -> LaneBool {
  return (bitcast<LaneBits>(x) & LaneBits(0x7fffffffu)) > LaneBits(0x7f800000u);
}

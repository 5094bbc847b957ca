// NaN and infinity, by their bits: compilers may assume that they do not occur, and WGSL refuses constants that are.

// Compilers fold x != x to false.
fn isNan(x: Lane) -> LaneBool {
  return (bitcast<LaneBits>(x) & LaneBits(0x7fffffffu)) > LaneBits(0x7f800000u);
}

// The result, or NaN if x is NaN: WGSL does not promise that its functions keep NaN, and min, max and clamp drop it.
fn keepNan(result: Lane, x: Lane) -> Lane {
  return select(result, x, isNan(x));
}

// NaN, for every x.
fn nanFrom(x: Lane) -> Lane {
  return bitcast<Lane>(bitcast<LaneBits>(x) | LaneBits(0x7fc00000u));
}

// +∞, for every x.
fn infinityFrom(x: Lane) -> Lane {
  return bitcast<Lane>((bitcast<LaneBits>(x) | LaneBits(0x7f800000u)) & LaneBits(0x7f800000u));
}

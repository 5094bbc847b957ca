// What the kernels of batch normalization share: the statistics of a channel, from its mean and its spread.
//
// The spread is the variance, or the deviation √(variance + epsilon). Each channel is a group of its own.
//
// A shader that imports this declares HAS_DEVIATION.

#import lanes
#import groups

const ALONG: bool = false;

// Numbers from here on are scaled, because their differences may overflow, and their inverses may vanish.
const LARGE: f32 = 0x1p100;

fn statisticsOf(mean: Lane, spread: Lane, epsilon: f32) -> Statistics {
#if HAS_DEVIATION
  let isLarge = max(abs(mean), spread) >= Lane(LARGE);
  let factor = select(Lane(1.0), Lane(0x1p-64), isLarge);
  return Statistics(factor, mean * factor, Lane(0.0), Lane(1.0) / (spread * factor));
#else
  let isLarge = abs(mean) >= Lane(LARGE);
  let factor = select(Lane(1.0), Lane(0x1p-64), isLarge);
  let root = rootOf(spread, epsilon) * select(Lane(1.0), Lane(0x1p64), isLarge);
  return Statistics(factor, mean * factor, Lane(0.0), root);
#endif
}

// 1 / √(variance + epsilon). The sum of a quarter of each does not overflow.
fn rootOf(variance: Lane, epsilon: f32) -> Lane {
  let isLarge = max(variance, Lane(epsilon)) >= Lane(LARGE);
  let part = select(Lane(1.0), Lane(0.25), isLarge);
  return inverseSqrt(variance * part + epsilon * part) * select(Lane(1.0), Lane(0.5), isLarge);
}

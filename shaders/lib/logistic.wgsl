// The logistic function, 1 / (1 + exp(−x)).
//
// Computed from exp(−|x|), which is at most 1: it neither overflows nor loses digits for a large |x|. NaN is not kept.

fn logistic(x: Lane) -> Lane {
  let power = exp(-abs(x));
  return select(power, Lane(1.0), x >= Lane(0.0)) / (1.0 + power);
}

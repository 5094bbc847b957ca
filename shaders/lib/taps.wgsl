// Which taps of a sliding window touch a given input position, along one axis.
//
// Tap t of output o reads position o·stride + t·dilation of the padded input. So position x is touched by tap t where
// x − t·dilation = o·stride: from the first such t on, every (stride / gcd(stride, dilation))-th one, the tap step.
// Walking the taps by that step multiplies nothing for taps that cannot reach, and divides only exactly; only the first is searched for.

// The first tap of the window with (position − tap·dilation) divisible by the stride; beyond every window where there is none.
fn firstTap(position: u32, stride: u32, dilation: u32, window: u32) -> u32 {
  for (var tap = 0u; tap < window; tap++) {
    if (position % stride == (tap * dilation) % stride) {
      return tap;
    }
  }
  return 0xffffffffu;
}

// How many steps of `dilation` bring a window that starts at `start` into the input: the first tap that is inside.
fn firstTapInside(start: i32, dilation: u32) -> u32 {
  return select((u32(-start) + dilation - 1u) / dilation, 0u, start >= 0);
}

// How many taps of a window that starts at `start` lie before `end`: one past the last tap that is inside.
fn tapsBefore(start: i32, end: i32, dilation: u32, window: u32) -> u32 {
  if (start >= end) {
    return 0u;
  }
  return min(window, (u32(end - start) + dilation - 1u) / dilation);
}

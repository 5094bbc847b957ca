// Which taps of a sliding window touch a given input position, along one axis.
//
// Tap t of output o reads position o·stride + t·dilation of the padded input. So position x is touched by tap t where
// x − t·dilation = o·stride: from the first such t on, every (stride / gcd(stride, dilation))-th one, the tap step, each by an output
// that lies dilation / gcd(stride, dilation) before that of the last, the output step.
// Walking the taps by these steps multiplies nothing for taps that cannot reach, and divides nothing; only the first is searched for.

const DILATED: bool = true;

// A tap, and the output by which it touches the position; negative where there is none.
struct Reach {
  tap: u32,
  output: i32,
}

// The first tap of the window that touches the position; one beyond every window where there is none.
fn firstReach(position: u32, stride: u32, dilation: u32, window: u32) -> Reach {
  let tap = firstTap(position, stride, dilation, window);
  // Exact, so that rounding towards zero does not matter for negative numbers.
  return Reach(tap, (i32(position) - i32(tap * dilation)) / i32(stride));
}

fn firstTap(position: u32, stride: u32, dilation: u32, window: u32) -> u32 {
  if (!DILATED) {
    return position % stride;
  }
  for (var tap = 0u; tap < window; tap++) {
    if (position % stride == (tap * dilation) % stride) {
      return tap;
    }
  }
  return window;
}

// The same for the next position.
fn nextReach(reach: Reach, position: u32, stride: u32, dilation: u32, window: u32) -> Reach {
  if (DILATED) {
    return firstReach(position + 1u, stride, dilation, window);
  }
  let wraps = reach.tap + 1u == stride;
  return Reach(select(reach.tap + 1u, 0u, wraps), reach.output + i32(wraps));
}

// How many steps of `dilation` bring a window that starts at `start` to `end` or beyond: how many of its taps lie before `end`.
fn tapsBefore(start: i32, end: i32, dilation: u32, window: u32) -> u32 {
  let distance = u32(max(end - start, 0));
  // Without dilation, as nearly always, there is nothing to divide.
  if (DILATED) {
    return min(window, (distance + dilation - 1u) / dilation);
  }
  return min(window, distance);
}

// How many taps of a window an average counts along one axis: those inside the input, or, with `includePad`, those in the input and its
// declared padding. What overhangs the declared padding never counts.
fn tapsCounted(start: i32, window: u32, dilation: u32, extent: u32, padEnd: u32, includePad: bool) -> u32 {
  if (includePad) {
    return tapsBefore(start, i32(extent + padEnd), dilation, window);
  }
  return tapsBefore(start, i32(extent), dilation, window) - tapsBefore(start, 0, dilation, window);
}

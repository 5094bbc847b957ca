// The taps of a sliding window that touch a given input position, along one axis.
//
// Tap t of output o reads position o·stride + t·dilation of the padded input. So tap t touches position x if x −
// t·dilation = o·stride. From the first such t on, every (stride / gcd(stride, dilation))-th tap touches x: this is the
// tap step. At each tap step, the output lies dilation / gcd(stride, dilation) earlier: this is the output step. A walk
// by these steps visits only taps that reach x, and needs no division. Only the first tap is searched for.
//
// A shader that imports this has in Params the window's width `s`, and tapStepHeight, tapStepWidth, outputStepHeight
// and outputStepWidth.

override DILATED: bool = true;

// A tap, and the output by which it touches the position. The output is negative if there is none.
struct Reach {
  tap: u32,
  output: i32,
}

// The first tap of the window that touches the position. Beyond every window if there is none.
fn firstReach(position: u32, stride: u32, dilation: u32, window: u32) -> Reach {
#if DILATED
  var tap = 0u;
  while (tap < window && position % stride != (tap * dilation) % stride) {
    tap++;
  }
  // The division is exact, so WGSL's rounding of negative quotients towards zero has no effect.
  return Reach(tap, (i32(position) - i32(tap * dilation)) / i32(stride));
#else
  let output = position / stride;
  return Reach(position - output * stride, i32(output));
#endif
}

// Moves on by `taps` tap steps in a row, and from the end of a row to the start of the next. It has no if, because a
// software adapter executes both sides of an if.
fn goOn(r: ptr<function, u32>, p: ptr<function, i32>, s: ptr<function, u32>, q: ptr<function, i32>, firstColumn: Reach, taps: u32) {
  let nextS = *s + taps * params.tapStepWidth;
  let endsRow = nextS >= params.s;
  *s = select(nextS, firstColumn.tap, endsRow);
  *q = select(*q - i32(taps * params.outputStepWidth), firstColumn.output, endsRow);
  *r += u32(endsRow) * params.tapStepHeight;
  *p -= i32(u32(endsRow) * params.outputStepHeight);
}

// The number of taps before `end`, for a window that begins at `start`.
fn tapsBefore(start: i32, end: i32, dilation: u32, window: u32) -> u32 {
  let distance = u32(max(end - start, 0));
  // Without dilation, the usual case, there is nothing to divide.
  if (DILATED) {
    return min(window, (distance + dilation - 1u) / dilation);
  }
  return min(window, distance);
}

// The number of taps of a window that an average counts along one axis: those inside the input, or, with `includePad`,
// those in the input and its declared padding. Taps beyond the declared padding never count.
fn tapsCounted(start: i32, window: u32, dilation: u32, extent: u32, padEnd: u32, includePad: bool) -> u32 {
  if (includePad) {
    return tapsBefore(start, i32(extent + padEnd), dilation, window);
  }
  return tapsBefore(start, i32(extent), dilation, window) - tapsBefore(start, 0, dilation, window);
}

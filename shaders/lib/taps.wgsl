// Which taps of a sliding window touch a given input position, along one axis.
//
// Tap t of output o reads position o·stride + t·dilation of the padded input. So position x is touched by tap t where
// x − t·dilation = o·stride: from the first such t on, every (stride / gcd(stride, dilation))-th one, the tap step, each by an output
// that lies dilation / gcd(stride, dilation) before that of the last, the output step.
// Walking the taps by these steps multiplies nothing for taps that cannot reach, and divides nothing; only the first is searched for.
//
// Whoever imports this has in Params the window's width `s`, and tapStepHeight, tapStepWidth, outputStepHeight and outputStepWidth.

override DILATED: bool = true;

// A tap, and the output by which it touches the position; negative where there is none.
struct Reach {
  tap: u32,
  output: i32,
}

// The first tap of the window that touches the position; one beyond every window where there is none.
fn firstReach(position: u32, stride: u32, dilation: u32, window: u32) -> Reach {
#if DILATED
  var tap = 0u;
  while (tap < window && position % stride != (tap * dilation) % stride) {
    tap++;
  }
  // Exact, so that rounding towards zero does not matter for negative numbers.
  return Reach(tap, (i32(position) - i32(tap * dilation)) / i32(stride));
#else
  let output = position / stride;
  return Reach(position - output * stride, i32(output));
#endif
}

// Goes on by so many tap steps of a row, and from a row that ends to the start of the next. Without an if, both sides of which a processor would
// go through.
fn goOn(r: ptr<function, u32>, p: ptr<function, i32>, s: ptr<function, u32>, q: ptr<function, i32>, firstColumn: Reach, taps: u32) {
  let nextS = *s + taps * params.tapStepWidth;
  let endsRow = nextS >= params.s;
  *s = select(nextS, firstColumn.tap, endsRow);
  *q = select(*q - i32(taps * params.outputStepWidth), firstColumn.output, endsRow);
  *r += u32(endsRow) * params.tapStepHeight;
  *p -= i32(u32(endsRow) * params.outputStepHeight);
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

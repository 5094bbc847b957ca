// What the pooling kernels share: their Params, and the window of an output pixel.

#import taps

struct Params {
  invocations: u32,
  firstWorkgroup: u32,
  gridWidth: u32,
  h: u32,
  w: u32,
  c: u32,
  r: u32,
  s: u32,
  p: u32,
  q: u32,
  strideHeight: u32,
  strideWidth: u32,
  dilationHeight: u32,
  dilationWidth: u32,
  padTop: u32,
  padBottom: u32,
  padLeft: u32,
  padRight: u32,
  tapStepHeight: u32,
  tapStepWidth: u32,
}

// The window of one output pixel: where its first tap reads, and which of its taps lie inside the input.
struct Window {
  top: i32,
  left: i32,
  firstR: u32,
  firstS: u32,
  endR: u32,
  endS: u32,
}

fn windowAt(p: u32, q: u32, params: Params) -> Window {
  let top = i32(p * params.strideHeight) - i32(params.padTop);
  let left = i32(q * params.strideWidth) - i32(params.padLeft);
  return Window(
    top,
    left,
    firstTapInside(top, params.dilationHeight),
    firstTapInside(left, params.dilationWidth),
    tapsBefore(top, i32(params.h), params.dilationHeight, params.r),
    tapsBefore(left, i32(params.w), params.dilationWidth, params.s),
  );
}

// What the window's sum is divided by to give its mean: its taps inside the input, or, where padding counts, those inside the input
// and its declared padding. What overhangs the declared padding never counts.
fn divisorOf(window: Window, params: Params, countIncludePad: bool) -> f32 {
  if (countIncludePad) {
    let rows = tapsBefore(window.top, i32(params.h + params.padBottom), params.dilationHeight, params.r);
    let columns = tapsBefore(window.left, i32(params.w + params.padRight), params.dilationWidth, params.s);
    return f32(rows * columns);
  }
  return f32((window.endR - window.firstR) * (window.endS - window.firstS));
}

// What a window's sum is divided by to give its mean: along each axis, the taps inside the input, or, where padding counts, those inside
// the input and its declared padding. What overhangs the declared padding never counts.

#import taps

fn tapsCounted(start: i32, extent: u32, padEnd: u32, dilation: u32, window: u32, countIncludePad: bool) -> u32 {
  if (countIncludePad) {
    return tapsBefore(start, i32(extent + padEnd), dilation, window);
  }
  return tapsBefore(start, i32(extent), dilation, window) - firstTapInside(start, dilation);
}

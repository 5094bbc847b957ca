// The Params of the pooling kernels.

#import lanes
#import strips

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
  outputStepHeight: u32,
  outputStepWidth: u32,
  // The number of tiles of a row, and of a strip.
  tilesOfRow: u32,
  tilesOfStrip: u32,
}

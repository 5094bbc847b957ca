// What the pooling kernels share: their Params, and strips of neighbouring columns.
//
// An invocation handles a strip of TILE columns of one image row, LANES neighbouring channels of each, so that finding out where it is costs
// its integer divisions once a strip.

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

// Where a strip lies among rows that are cut into `strips` of them.
struct Strip {
  n: u32,
  row: u32,
  strip: u32,
  // In lanes.
  c: u32,
}

fn stripAt(index: u32, rows: u32, strips: u32, lanes: u32) -> Strip {
  let strip = index / lanes;
  let row = strip / strips;
  let n = row / rows;
  return Strip(n, row - n * rows, strip - row * strips, index - strip * lanes);
}

// What the pooling kernels share: their Params, and strips of neighbouring tiles.
//
// An invocation handles a strip of neighbouring tiles of one image row, one tile after the other, LANES neighbouring channels of each, so that
// finding out where it is costs its integer divisions once a strip. How long a strip is says the plan: long for a processor, short for a GPU,
// which wants many invocations.

#import lanes

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
  // How many tiles a row is cut in, and how many of them a strip holds.
  tilesOfRow: u32,
  tilesOfStrip: u32,
}

// Where a strip lies.
struct Strip {
  n: u32,
  row: u32,
  // Its first tile, and the one after its last.
  first: u32,
  end: u32,
  // In lanes.
  c: u32,
}

// The index-th strip of an image's rows, the channels innermost.
fn stripAt(index: u32, rows: u32, tilesOfRow: u32, tilesOfStrip: u32, lanes: u32) -> Strip {
  let strips = (tilesOfRow + tilesOfStrip - 1u) / tilesOfStrip;
  let strip = index / lanes;
  let row = strip / strips;
  let n = row / rows;
  let first = (strip - row * strips) * tilesOfStrip;
  return Strip(n, row - n * rows, first, min(first + tilesOfStrip, tilesOfRow), index - strip * lanes);
}

// What the pooling kernels share: their Params, and strips of neighbouring columns.
//
// An invocation handles a strip of neighbouring columns of one image row, LANES neighbouring channels of each, one column after the other, so
// that finding out where it is costs its integer divisions once a strip. How long a strip is says the plan: long for a processor, short for a
// GPU, which wants many invocations.

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
  stripColumns: u32,
}

// Where a strip lies.
struct Strip {
  n: u32,
  row: u32,
  // Its first column, and the one after its last.
  first: u32,
  end: u32,
  // In lanes.
  c: u32,
}

// The index-th strip of rows that are cut into strips of `stripColumns`, the channels innermost.
fn stripAt(index: u32, rows: u32, columns: u32, stripColumns: u32, lanes: u32) -> Strip {
  let strips = (columns + stripColumns - 1u) / stripColumns;
  let strip = index / lanes;
  let row = strip / strips;
  let n = row / rows;
  let first = (strip - row * strips) * stripColumns;
  return Strip(n, row - n * rows, first, min(first + stripColumns, columns), index - strip * lanes);
}

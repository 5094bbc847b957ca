// The Params of resampling and its gradient.

struct Params {
  invocations: u32,
  firstWorkgroup: u32,
  gridWidth: u32,
  h: u32,
  w: u32,
  c: u32,
  p: u32,
  q: u32,
  // h / p and w / q, in lowest terms.
  stepHeight: u32,
  wholeHeight: u32,
  stepWidth: u32,
  wholeWidth: u32,
  tilesOfRow: u32,
  tilesOfStrip: u32,
}

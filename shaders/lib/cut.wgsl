// The Params of the kernels that cut a part out of a tensor of up to six axes.
//
// A tensor of at most four axes has the axes 0, 3, 4 and 5: the others have an extent of 1. The extent of the tensor's
// outermost axis is not needed.

struct Params {
  invocations: u32,
  firstWorkgroup: u32,
  gridWidth: u32,
  // The extents of the whole tensor.
  xExtent1: u32,
  xExtent2: u32,
  xExtent3: u32,
  xExtent4: u32,
  xExtent5: u32,
  // The position where the part begins.
  start0: u32,
  start1: u32,
  start2: u32,
  start3: u32,
  start4: u32,
  start5: u32,
  // The extents of the part.
  extent0: u32,
  extent1: u32,
  extent2: u32,
  extent3: u32,
  extent4: u32,
  extent5: u32,
  tilesOfRow: u32,
  tilesOfStrip: u32,
}

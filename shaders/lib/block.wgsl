// What the kernels that cut a block out of a tensor share: their Params. Of the outermost axes the tensors themselves tell the extents.

struct Params {
  invocations: u32,
  firstWorkgroup: u32,
  gridWidth: u32,
  // Of the whole tensor.
  xExtent1: u32,
  xExtent2: u32,
  xExtent3: u32,
  // Where the block begins.
  start0: u32,
  start1: u32,
  start2: u32,
  start3: u32,
  // Of the block.
  extent0: u32,
  extent1: u32,
  extent2: u32,
  extent3: u32,
  tilesOfRow: u32,
  tilesOfStrip: u32,
}

// Strips of neighbouring tiles of a row. A tile is one column or a few.
//
// An invocation handles one strip, one tile after the other. So the integer divisions that find its place are needed
// only once for each strip. The plan chooses the length of a strip: long for a software adapter, short for a GPU, which
// needs many invocations.

// The place of a strip.
struct Strip {
  n: u32,
  row: u32,
  // Its first tile, and the tile after its last.
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

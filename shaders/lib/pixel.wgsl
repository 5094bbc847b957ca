// The pixels of a batch of images in nhwc, counted with the channels innermost.

struct Pixel {
  n: u32,
  row: u32,
  column: u32,
  // In lanes.
  c: u32,
}

fn pixelAt(index: u32, rows: u32, columns: u32, lanes: u32) -> Pixel {
  let column = index / lanes;
  let row = column / columns;
  return Pixel(row / rows, row % rows, column % columns, index % lanes);
}

// Where an image's element stands; the inverse.
fn elementAt(n: u32, row: u32, column: u32, c: u32, rows: u32, columns: u32, lanes: u32) -> u32 {
  return ((n * rows + row) * columns + column) * lanes + c;
}

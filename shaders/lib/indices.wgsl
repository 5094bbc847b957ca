// The rows that indices in a float32 tensor name.

// The row that an index names. Negative ones count from the end. It is `rows` if the index names none: if it is no whole
// number, or out of range. By bits, because NaN and infinities name none.
fn rowOf(index: f32, rows: u32) -> u32 {
  let size = abs(index);
  let fits = bitcast<u32>(size) < 0x4f800000u;
  let steps = u32(select(0.0, size, fits));
  // Beyond the end, the difference wraps round to a large number.
  let row = select(steps, rows - steps, index < 0.0);
  return select(rows, row, fits & (f32(steps) == size) & (row < rows));
}

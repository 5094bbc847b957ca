// The rows that indices in a float32 tensor name.

// The row that an index names. A negative index counts from the end. The result is `rows` if the index is out of range
// or not a whole number. The bits are tested, because NaN and infinities name no row.
fn rowOf(index: f32, rows: u32) -> u32 {
  let size = abs(index);
  let fits = bitcast<u32>(size) < 0x4f800000u;
  let steps = u32(select(0.0, size, fits));
  // Beyond the end, the difference wraps round to a large number.
  let row = select(steps, rows - steps, index < 0.0);
  return select(rows, row, fits & (f32(steps) == size) & (row < rows));
}

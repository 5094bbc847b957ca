// What a padded position shows, along one axis.

const PAD_CONSTANT: u32 = 0;
const PAD_REFLECTION: u32 = 1;
const PAD_EDGE: u32 = 2;

// The input position that a padded one shows (0 is the input's first, negative ones lie before it); −1 for the constant.
fn paddingSource(position: i32, extent: i32, mode: u32) -> i32 {
  if (position >= 0 && position < extent) {
    return position;
  }
  if (mode == PAD_CONSTANT) {
    return -1;
  }
  if (mode == PAD_EDGE) {
    return clamp(position, 0, extent - 1);
  }
  return select(2 * (extent - 1) - position, -position, position < 0);
}

// The Params of resampling and its gradient, and the functions of an axis that both share.
//
// The source of output i along an axis is ⌊(i · step + first) / whole⌋. With LINEAR, the source is one less, and the
// remainder divided by `whole` is the distance from it to the point of the output. Points before the first pixel show
// the first pixel. All numbers are integers, because a factor rounded to float32 would choose other sources.

override LINEAR: bool = false;

struct Params {
  invocations: u32,
  firstWorkgroup: u32,
  gridWidth: u32,
  h: u32,
  w: u32,
  c: u32,
  p: u32,
  q: u32,
  stepHeight: u32,
  firstHeight: u32,
  wholeHeight: u32,
  stepWidth: u32,
  firstWidth: u32,
  wholeWidth: u32,
  tilesOfRow: u32,
  tilesOfStrip: u32,
}

// The pixels between which an output lies along one axis, and their weights.
struct Taps {
  near: u32,
  far: u32,
  nearWeight: f32,
  farWeight: f32,
}

// With LINEAR. An output at the point of a pixel, or beyond the last one, shows that pixel alone: the weights are exactly
// 1 and 0.
fn tapsOf(walk: Walk, extent: u32) -> Taps {
  let near = max(walk.position, 1u) - 1u;
  let alone = (walk.position == 0u) | (near + 1u >= extent) | (walk.rest == 0u);
  let whole = f32(walk.whole);
  return Taps(
    near,
    select(near + 1u, near, alone),
    select(f32(walk.whole - walk.rest) / whole, 1.0, alone),
    select(f32(walk.rest) / whole, 0.0, alone),
  );
}

// The points of the outputs of a crop along one axis of an image.
//
// The coordinates of a box are fractions of the distance between the centres of the first and the last pixel: 0 is the
// first pixel, 1 the last. Outputs lie at even steps from its begin to its end. A single output lies in the middle.

// Whether an output shows the nearest pixel. If not, it mixes the pixels around its point.
override NEAREST: bool = false;

// The pixels that an output shows, and their weights. No pixel if its point is outside the image.
struct BoxTaps {
  inside: bool,
  near: u32,
  far: u32,
  nearWeight: f32,
  farWeight: f32,
}

fn boxTaps(begin: f32, end: f32, output: u32, outputs: u32, extent: u32) -> BoxTaps {
  // The point is sum / whole of the way from the first pixel to the last one. Both are whole numbers for a box of whole
  // images, and the point is exact.
  let single = outputs == 1u;
  let whole = f32(select(outputs - 1u, 2u, single));
  let sum = begin * f32(select(outputs - 1u - output, 1u, single)) + end * f32(select(output, 1u, single));
  let inside = isFinite(sum) & ((extent == 1u) | ((sum >= 0.0) & (sum <= whole)));
  let last = f32(extent - 1u);
  let numerator = select(0.0, sum * last, inside);
  // The quotient may be rounded across an integer. The remainder shows this.
  var near = floor(numerator / whole);
  var rest = numerator - near * whole;
  let below = rest < 0.0;
  near -= select(0.0, 1.0, below);
  rest += select(0.0, whole, below);
  let beyond = rest >= whole;
  near = clamp(near + select(0.0, 1.0, beyond), 0.0, last);
  rest = max(rest - select(0.0, whole, beyond), 0.0);
  let alone = (rest == 0.0) | (near >= last);
#if NEAREST
  // Halves are rounded away from the first pixel.
  let nearest = u32(near) + select(0u, 1u, !alone & (2.0 * rest >= whole));
  return BoxTaps(inside, nearest, nearest, 1.0, 0.0);
#else
  return BoxTaps(
    inside,
    u32(near),
    u32(near) + select(1u, 0u, alone),
    select((whole - rest) / whole, 1.0, alone),
    select(rest / whole, 0.0, alone),
  );
#endif
}

// It tests the bits, because compilers may assume that there is no NaN and no infinity.
fn isFinite(x: f32) -> bool {
  return (bitcast<u32>(x) & 0x7f800000u) != 0x7f800000u;
}

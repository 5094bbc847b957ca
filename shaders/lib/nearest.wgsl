// Walks along an axis in steps of a fraction, without dividing: positions ⌊(a + i · step) / whole⌋ for i = 0, 1, ….

struct Walk {
  position: u32,
  // Numerator left over, less than the whole.
  rest: u32,
  // One step: its integer part, and the numerator of what is left.
  stepPosition: u32,
  stepRest: u32,
  whole: u32,
}

fn walkFrom(numerator: u32, step: u32, whole: u32) -> Walk {
  let position = numerator / whole;
  let stepPosition = step / whole;
  return Walk(position, numerator - position * whole, stepPosition, step - stepPosition * whole, whole);
}

fn nextOf(walk: Walk) -> Walk {
  let rest = walk.rest + walk.stepRest;
  let carry = select(0u, 1u, rest >= walk.whole);
  return Walk(walk.position + walk.stepPosition + carry, rest - carry * walk.whole, walk.stepPosition, walk.stepRest, walk.whole);
}

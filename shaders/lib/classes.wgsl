// Class numbers as float32 values, which may be invalid.

fn isClass(label: f32, classes: u32) -> bool {
  return (label >= 0.0) & (label < f32(classes)) & (label == floor(label));
}

// A variable, because a constant NaN does not compile.
var<private> nanBits: u32 = 0x7fc00000u;

fn valueUnlessUnknown(value: f32, known: bool) -> f32 {
  return select(bitcast<f32>(nanBits), value, known);
}

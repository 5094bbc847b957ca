// The larger of a value and zero, NaN where the value is NaN.
//
// By bits, 0 for those of the smallest to those of the largest negative number: compilers take a comparison with zero
// for a maximum, which drops NaN.

fn relu(value: vec4<f32>) -> vec4<f32> {
  return select(value, vec4<f32>(0.0), bitcast<vec4<u32>>(value) - 0x80000001u < vec4<u32>(0x7f800000u));
}

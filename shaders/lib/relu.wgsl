// The larger of a value and zero. NaN if the value is NaN.
//
// It tests the bits: the result is 0 if they are the bits of a negative number. Compilers make a maximum of a
// comparison with zero, and a maximum drops NaN.

fn relu(value: vec4<f32>) -> vec4<f32> {
  return select(value, vec4<f32>(0.0), bitcast<vec4<u32>>(value) - 0x80000001u < vec4<u32>(0x7f800000u));
}

// The largest of a tensor's elements along one axis at a time.
//
// x, y of any shapes; float32.
//
//   y = max x   over the axes that are reduced; NaN where one of its elements is NaN
//
// shaders/lib/extremum.wgsl describes the elements that one invocation compares, and its second output for argMax and
// for the gradient.
// Reference: src/runtime/reference/reduceMax.ts

#import extremum

// −∞. It is a variable, because WGSL refuses an infinite constant.
var<private> worst: u32 = 0xff800000u;

fn wins(value: Lane, best: Lane) -> LaneBool {
  return value > best;
}

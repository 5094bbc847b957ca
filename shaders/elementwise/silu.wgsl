// The sigmoid linear unit, also called swish.
//
//   y = x · s(x), with s(x) = 1 / (1 + exp(−x))
//   dx = dy · s(x) · (1 + x · s(−x))
//
// Reference: src/runtime/reference/elementwise.ts

#import unary
#import logistic
#import nan

// Above this |x|, the function is 0 or x in float32, and its derivative 0 or 1.
const FAR: f32 = 128.0;

fn value(x: Lane) -> Lane {
  let near = max(x, Lane(-FAR));
  return keepNan(near * logistic(near), x);
}

fn gradient(x: Lane, dy: Lane) -> Lane {
  let near = clamp(x, Lane(-FAR), Lane(FAR));
  return dy * keepNan(logistic(near) * (1.0 + near * logistic(-near)), x);
}

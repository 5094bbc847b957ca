// The softplus function.
//
//   y = log(1 + exp(x)), computed as max(x, 0) + log(1 + exp(−|x|)), which does not overflow
//   dx = dy / (1 + exp(−x))
//
// Reference: src/runtime/reference/elementwise.ts

#import unary
#import logistic
#import logarithm
#import nan

fn value(x: Lane) -> Lane {
  let power = exp(-abs(x));
  let rest = logarithmOfRatio(power / (2.0 + power));
  return keepNan(select(rest, x + rest, x > Lane(0.0)), x);
}

fn gradient(x: Lane, dy: Lane) -> Lane {
  return dy * keepNan(logistic(x), x);
}

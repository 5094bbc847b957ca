// The Gaussian error linear unit.
//
//   y = x · Φ(x), with Φ(x) = (1 + erf(x / √2)) / 2
//   dx = dy · (Φ(x) + x · φ(x)), with φ(x) = exp(−x² / 2) / √(2π)
//
// or with TANH, where u = √(2/π) · (x + 0.044715 x³),
//
//   y = x · (1 + tanh(u)) / 2
//   dx = dy · dy/dx of that
//
// Reference: src/runtime/reference/elementwise.ts

#import unary
#import logistic
#import nan

// Whether the approximation by tanh is computed instead of the function itself.
override TANH: bool = false;

// Above this |x|, the function is 0 or x in float32, and its derivative 0 or 1.
const FAR: f32 = 16.0;

#if TANH
// (1 + tanh(u)) / 2 is the logistic function of 2 u: 2 √(2/π) = 1.5957691216, and that times 0.044715 is 0.07135481628.
fn argument(x: Lane) -> Lane {
  return x * (1.5957691216 + 0.07135481628 * x * x);
}

fn value(x: Lane) -> Lane {
  let near = max(x, Lane(-FAR));
  return keepNan(near * logistic(argument(near)), x);
}

fn gradient(x: Lane, dy: Lane) -> Lane {
  let near = clamp(x, Lane(-FAR), Lane(FAR));
  let share = logistic(argument(near));
  let rest = logistic(-argument(near));
  let slope = 1.5957691216 + 0.21406444884 * near * near;
  return dy * keepNan(share + near * share * rest * slope, x);
}
#else
// Φ(−size) / exp(−size² / 2) for 0 ≤ size ≤ FAR, where Φ is the normal distribution. A minimax polynomial in 3 / (3 +
// size), with a relative error of 2⁻²⁶. So Φ is accurate even if it is very small.
fn scaledTail(size: Lane) -> Lane {
  let t = 3.0 / (3.0 + size);
  var series = t * -0.02721890868 + 0.1519285793;
  series = series * t - 0.3193504919;
  series = series * t + 0.2770947649;
  series = series * t - 0.09678575762;
  series = series * t + 0.1406154226;
  series = series * t + 0.1061317506;
  series = series * t + 0.134745585;
  series = series * t + 0.132833751;
  return series * t + 5.308880361e-6;
}

fn value(x: Lane) -> Lane {
  let size = min(abs(x), Lane(FAR));
  let lost = exp(-0.5 * size * size) * (size * scaledTail(size));
  return keepNan(select(x - lost, -lost, x < Lane(0.0)), x);
}

fn gradient(x: Lane, dy: Lane) -> Lane {
  let size = min(abs(x), Lane(FAR));
  // Φ(−size) − size · φ(size), where φ is the normal density: 1 / √(2π) = 0.3989422804.
  let tail = exp(-0.5 * size * size) * (scaledTail(size) - 0.3989422804 * size);
  return dy * keepNan(select(1.0 - tail, tail, x < Lane(0.0)), x);
}
#endif

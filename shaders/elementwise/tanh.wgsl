// The hyperbolic tangent.
//
// x, y of any shape; float32.
//
//   y[i] = sign(x[i]) · (1 − power) / (1 + power), where power = exp(−2 |x[i]|)
//
// WGSL's own tanh promises no digits near 0, and some overflow for a large |x|; this does neither. Near 0, where 1 − power would lose
// its digits, a polynomial takes its place: the coefficients are those of Cephes' tanhf (Stephen Moshier). NaN stays NaN, told by its bits, since
// WGSL does not promise that exp keeps it.
// CPU twin: src/runtime/reference/tanh.ts

#import elements
#import nan

@group(0) @binding(1) var<storage, read> x: array<Lane>;
@group(0) @binding(2) var<storage, read_write> y: array<Lane>;

fn element(i: u32) {
  let value = x[i];
  let power = exp(-2.0 * abs(value));
  let ratio = (1.0 - power) / (1.0 + power);
  let far = select(-ratio, ratio, value >= Lane(0.0));

  let square = value * value;
  var series = square * -5.70498872745e-3 + 2.06390887954e-2;
  series = series * square - 5.37397155531e-2;
  series = series * square + 1.33314422036e-1;
  series = series * square - 3.33332819422e-1;
  let near = series * square * value + value;

  let result = select(far, near, abs(value) < Lane(0.625));
  y[i] = select(result, value, isNan(value));
}

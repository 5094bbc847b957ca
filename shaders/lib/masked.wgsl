// Masks a gradient: it goes through the gradient of a ReLU.
//
// A shader that imports this declares `alias Masked`, the type of the values that are masked together, and stores
// `masked(dx, at)` as its dx[at].

override MASKED: bool = false;

#if MASKED
@group(0) @binding(5) var<storage, read> x: array<Masked>;           // like dx: the output of the ReLU

// 0 where the ReLU's output is 0. Where the output is NaN, the gradient passes; see shaders/elementwise/relu.wgsl.
fn masked(gradient: Masked, at: u32) -> Masked {
  return select(gradient, Masked(0.0), x[at] <= Masked(0.0));
}
#else
fn masked(gradient: Masked, at: u32) -> Masked {
  return gradient;
}
#endif

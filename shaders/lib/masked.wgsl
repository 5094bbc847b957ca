// The gradient of a ReLU's output, taken through the ReLU.
//
// Whoever imports this declares `alias Masked`, the type of what is masked at once, and stores `masked(dx, at)` as its dx[at].

override MASKED: bool = false;

#if MASKED
@group(0) @binding(5) var<storage, read> x: array<Masked>;           // like dx: the output of the ReLU

// 0 where the ReLU gave 0. It passes where that is NaN; see shaders/elementwise/relu.wgsl.
fn masked(gradient: Masked, at: u32) -> Masked {
  return select(gradient, Masked(0.0), x[at] <= Masked(0.0));
}
#else
fn masked(gradient: Masked, at: u32) -> Masked {
  return gradient;
}
#endif

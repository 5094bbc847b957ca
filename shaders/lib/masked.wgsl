// The gradient of what a rectifier gave, on its way through the rectifier.
//
// Whoever imports this declares `alias Masked`, the type of what is masked at once, and stores `masked(dx, at)` as its dx[at].

override MASKED: bool = false;

#if MASKED
@group(0) @binding(5) var<storage, read> x: array<Masked>;           // like dx: what the rectifier gave

// 0 where the rectifier gave 0, so that it passes where that is NaN; see reluBackward.wgsl.
fn masked(gradient: Masked, at: u32) -> Masked {
  return select(gradient, Masked(0.0), x[at] <= Masked(0.0));
}
#else
fn masked(gradient: Masked, at: u32) -> Masked {
  return gradient;
}
#endif

// The factor that brings gradients to a norm of at most clipNorm.
//
// sumOfSquares, y of any shape; float32.
//
//   y[i] = 1 where sumOfSquares[i] ≤ clipNorm², else clipNorm / √sumOfSquares[i]   (alpha is clipNorm)
//
// A sum that is NaN or infinite gives NaN. Its bits are tested, because WGSL promises nothing about NaN and infinities.
// Reference: src/runtime/reference/clipScale.ts

#import elements
#import nan

@group(0) @binding(1) var<storage, read> sumOfSquares: array<Lane>;
@group(0) @binding(2) var<storage, read_write> y: array<Lane>;

fn element(i: u32) {
  let square = sumOfSquares[i];
  let scale = select(params.alpha / sqrt(square), Lane(1.0), square <= Lane(params.alpha * params.alpha));
  let isFinite = (bitcast<LaneBits>(square) & LaneBits(0x7fffffffu)) < LaneBits(0x7f800000u);
  y[i] = select(nanFrom(square), scale, isFinite);
}

// The factor that brings gradients to a norm of at most clipNorm.
//
// sumOfSquares, y of any shape; float32.
//
//   y[i] = 1 where sumOfSquares[i] ≤ clipNorm², else clipNorm / √sumOfSquares[i]   (alpha is clipNorm)
//
// NaN stays NaN. Its bits tell, because WGSL does not promise that a root keeps NaN.
// Reference: src/runtime/reference/clipScale.ts

#import elements
#import nan

@group(0) @binding(1) var<storage, read> sumOfSquares: array<Lane>;
@group(0) @binding(2) var<storage, read_write> y: array<Lane>;

fn element(i: u32) {
  let square = sumOfSquares[i];
  let scale = select(params.alpha / sqrt(square), Lane(1.0), square <= Lane(params.alpha * params.alpha));
  y[i] = select(scale, square, isNan(square));
}

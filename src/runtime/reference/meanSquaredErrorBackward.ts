/** The twin of shaders/loss/meanSquaredErrorBackward: dpredictions = 2 (predictions − targets) · dy / size, dtargets = −dpredictions. */
export function meanSquaredErrorBackward(
  predictions: Float32Array,
  targets: Float32Array,
  dy: Float32Array,
  dpredictions: Float32Array,
  dtargets: Float32Array,
): void {
  const slope = (2 * dy[0]!) / predictions.length;
  for (let i = 0; i < predictions.length; i++) {
    dpredictions[i] = (predictions[i]! - targets[i]!) * slope;
    dtargets[i] = -dpredictions[i]!;
  }
}

/** The twin of shaders/loss/meanSquaredError: the mean of (predictions − targets)². */
export function meanSquaredError(predictions: Float32Array, targets: Float32Array, loss: Float32Array): void {
  let sum = 0;
  for (let i = 0; i < predictions.length; i++) sum += (predictions[i]! - targets[i]!) ** 2;
  loss[0] = sum / predictions.length;
}

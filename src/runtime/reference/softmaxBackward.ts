/** The twin of shaders/loss/softmaxBackward: dx = y · (dy − Σ y · dy), row by row of c. */
export function softmaxBackward(c: number, y: Float32Array, dy: Float32Array, dx: Float32Array): void {
  for (let first = 0; first < y.length; first += c) {
    let sum = 0;
    for (let i = first; i < first + c; i++) sum += y[i]! * dy[i]!;
    for (let i = first; i < first + c; i++) dx[i] = y[i]! * (dy[i]! - sum);
  }
}

/** Σ|terms| of each element. */
export function softmaxBackwardMagnitude(c: number, y: Float32Array, dy: Float32Array, dx: Float32Array): void {
  for (let first = 0; first < y.length; first += c) {
    let sum = 0;
    for (let i = first; i < first + c; i++) sum += Math.abs(y[i]! * dy[i]!);
    for (let i = first; i < first + c; i++) dx[i] = Math.abs(y[i]!) * (Math.abs(dy[i]!) + sum);
  }
}

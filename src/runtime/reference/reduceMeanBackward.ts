import type { Shape } from "../../core/shape.js";
import { forEachBroadcast } from "./broadcast.js";

/** The twin of shaders/reduce/reduceMeanBackward: dy, of `keptShape`, over the elements of a mean, stretched to `shape`. */
export function reduceMeanBackward(shape: Shape, keptShape: Shape, dy: Float32Array, dx: Float32Array): void {
  const divisor = dx.length / dy.length;
  forEachBroadcast(shape, keptShape, keptShape, (i, j) => {
    dx[i] = dy[j]! / divisor;
  });
}

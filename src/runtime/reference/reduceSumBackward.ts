import type { Shape } from "../../core/shape.js";
import { forEachBroadcast } from "./broadcast.js";

/** The twin of shaders/reduce/reduceSumBackward: dy, of `keptShape`, stretched to `shape`. */
export function reduceSumBackward(shape: Shape, keptShape: Shape, dy: Float32Array, dx: Float32Array): void {
  forEachBroadcast(shape, keptShape, keptShape, (i, j) => {
    dx[i] = dy[j]!;
  });
}

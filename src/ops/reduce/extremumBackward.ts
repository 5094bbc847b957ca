import extremumBackwardShader from "../../../shaders/reduce/extremumBackward.wgsl";
import type { Launcher } from "../../core/operation.js";
import { elementsOf, type Shape } from "../../core/shape.js";
import type { Storage } from "../../core/storage.js";
import { launchBroadcast, operand } from "../kit/broadcast.js";
import { type Extremum, launchExtremum } from "./extremum.js";

/**
 * Computes the gradient of reduceMax or reduceMin: first the extrema and how many elements equal each, then the shares.
 */
export function launchExtremumBackward(
  launcher: Launcher,
  extremum: Extremum,
  shape: Shape,
  keptShape: Shape,
  { x, dy, dx }: { readonly x: Storage; readonly dy: Storage; readonly dx: Storage },
): void {
  const y = launcher.workspace(elementsOf(keptShape));
  const counts = launcher.workspace(elementsOf(keptShape));
  launchExtremum(launcher, extremum, shape, keptShape, x, y, { what: "counts", storage: counts });
  launchBroadcast(launcher, {
    shader: extremumBackwardShader,
    a: operand("x", x, shape),
    b: operand("y", y, keptShape),
    besideB: { counts, dy },
    output: operand("dx", dx, shape),
  });
}

import { ShapeError } from "../../core/errors.js";
import type { Shape } from "../../core/shape.js";
import { sameShape } from "../../core/shape.js";
import type { Tensor } from "../../core/tensor.js";

/** @throws ShapeError if a tensor does not have w's shape, or `hyper` has a wrong shape */
export function checkUpdate(
  operator: string,
  {
    w,
    hyper,
    ...others
  }: Readonly<Record<string, Tensor | undefined>> & { readonly w: Tensor; readonly hyper: Tensor },
  hyperparameters: readonly string[],
): void {
  const shown = (shape: Shape) => `[${shape.join(", ")}]`;
  for (const [argument, tensor] of Object.entries(others)) {
    if (tensor === undefined || sameShape(tensor.shape, w.shape)) continue;
    throw new ShapeError(
      `${operator}: ${argument} is ${shown(tensor.shape)}, expected the shape of w ${shown(w.shape)}`,
    );
  }
  if (sameShape(hyper.shape, [hyperparameters.length])) return;
  throw new ShapeError(
    `${operator}: hyper is ${shown(hyper.shape)}, expected [${hyperparameters.length}]: ${hyperparameters.join(", ")}`,
  );
}

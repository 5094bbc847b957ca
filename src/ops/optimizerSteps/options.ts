import { OptionError, ShapeError } from "../../core/errors.js";
import type { OptionReader } from "../../core/options.js";
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

/** The decay rate of an average, in [0, 1). @throws OptionError, also if float32 rounds it to 1 */
export function readDecayRate(operator: string, reader: OptionReader, name: string, fallback: number): number {
  const value = reader.numberFrom(name, 0, 1, fallback);
  if (Math.fround(value) < 1) return value;
  throw new OptionError(`${operator}: ${name} is ${value}, which float32 rounds to 1; expected a number in [0, 1)`);
}

/** @param known the names of the options; `decoupled` is read if it is one of them @throws OptionError */
export function readWeightDecay(reader: OptionReader, known: readonly string[], fallback = 0) {
  return {
    weightDecay: reader.numberFrom("weightDecay", 0, Number.POSITIVE_INFINITY, fallback),
    decoupled: known.includes("decoupled") && reader.boolean("decoupled", false),
  };
}

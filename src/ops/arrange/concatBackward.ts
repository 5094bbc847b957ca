import { OptionError, ShapeError, show } from "../../core/errors.js";
import { checkNoOptions, type NoOptions } from "../../core/options.js";
import { checkShape, type Shape, sameShape } from "../../core/shape.js";
import type { Tensor } from "../../core/tensor.js";
import { checkTensors } from "../kit/execute.js";
import { readConcat } from "./concat.js";
import { slice } from "./slice.js";

/**
 * The gradients of {@link concat} with respect to its inputs: for each input, the part of dy at its place.
 *
 * @param shapes the shapes of the forward's inputs
 * @param dy float32, the gradient of the forward's output, with the shape of that output
 * @param axis the forward's `axis`
 * @param options there are none (see {@link NoOptions})
 * @returns for each of `shapes` a float32 tensor of that shape
 * @throws OptionError if `shapes` or `axis` is invalid; ShapeError if dy does not have the shape of the forward's
 * output; DisposedError, BackendLostError, OutOfMemoryError
 *
 * @example
 * ```ts
 * const dy = backend.tensor([[1, 2, 5], [3, 4, 6]]);
 * const [da, db] = concatBackward([[2, 2], [2, 1]], dy, 1);
 * await da?.read(); // [1, 2, 3, 4]
 * await db?.read(); // [5, 6]
 * ```
 */
export function concatBackward(shapes: readonly Shape[], dy: Tensor, axis: number, options: NoOptions = {}): Tensor[] {
  const operator = "concatBackward";
  const backend = checkTensors(operator, { dy });
  checkNoOptions(operator, options);
  if (!Array.isArray(shapes) || shapes.length === 0) {
    throw new OptionError(`${operator}: shapes must be an array of at least one shape, got ${show(shapes)}`);
  }
  const checked = shapes.map((shape, i) => checkShape(operator, `shapes[${i}]`, shape));
  const { position, shape } = readConcat(operator, "shapes", checked, axis);
  if (!sameShape(dy.shape, shape)) {
    throw new ShapeError(
      `${operator}: dy is [${dy.shape.join(", ")}], expected the forward's output [${shape.join(", ")}]`,
    );
  }
  return backend.tidy(() => {
    let offset = 0;
    return checked.map((sizes) => {
      const starts = sizes.map((_, other) => (other === position ? offset : 0));
      offset += sizes[position] ?? 0;
      return slice(dy, starts, sizes);
    });
  });
}

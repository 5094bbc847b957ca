import addShader from "../../../shaders/elementwise/add.wgsl";
import type { Tensor } from "../../core/tensor.js";
import { broadcastShape, launchBroadcast, operand } from "../kit/broadcast.js";
import { checkTensors, execute } from "../kit/execute.js";
import { sumTo } from "../reduce/sumTo.js";

/**
 * The sum of two tensors, each stretched to the shape of both as numpy broadcasts them.
 *
 * @param a float32 of any shape
 * @param b float32 of a shape that, from the last axis on, has a's extents, or 1 on either side
 * @returns float32 of the larger extent along each axis
 * @throws OptionError where a or b is no tensor; ShapeError, DisposedError, BackendMismatchError, BackendLostError, OutOfMemoryError
 */
export function add(a: Tensor, b: Tensor): Tensor {
  checkTensors("add", { a, b });
  const shape = broadcastShape("add", "a", a.shape, "b", b.shape);
  const [aShape, bShape] = [a.shape, b.shape];
  return execute({
    name: "add",
    inputs: { a, b },
    outputs: { y: shape },
    gpu: (launcher, { a, b }, { y }) =>
      launchBroadcast(launcher, {
        shader: addShader,
        a: operand("a", a, aShape),
        b: operand("b", b, bShape),
        output: operand("y", y, shape),
      }),
    cpu: ({ a, b }, { y }, twins) => twins.add(shape, aShape, bShape, a, b, y),
    terms: 2,
    linearIn: ["a", "b"],
    backward: ({ gradient, wants }) => ({
      a: wants("a") ? sumTo(gradient("y"), aShape) : undefined,
      b: wants("b") ? sumTo(gradient("y"), bShape) : undefined,
    }),
  }).y;
}

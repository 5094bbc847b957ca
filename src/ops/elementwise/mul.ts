import mulShader from "../../../shaders/elementwise/mul.wgsl";
import type { Tensor } from "../../core/tensor.js";
import { broadcastShape, launchBroadcast, operand } from "../kit/broadcast.js";
import { checkTensors, execute } from "../kit/execute.js";
import { sumTo } from "../reduce/sumTo.js";

/**
 * The elementwise product of two tensors, each stretched to the shape of both as numpy broadcasts them.
 *
 * @param a float32 of any shape
 * @param b float32 of a shape that, from the last axis on, has a's extents, or 1 on either side
 * @returns float32 of the larger extent along each axis
 * @throws OptionError where a or b is no tensor; ShapeError, DisposedError, BackendMismatchError, BackendLostError, OutOfMemoryError
 */
export function mul(a: Tensor, b: Tensor): Tensor {
  checkTensors("mul", { a, b });
  const shape = broadcastShape("mul", "a", a.shape, "b", b.shape);
  const [aShape, bShape] = [a.shape, b.shape];
  return execute({
    name: "mul",
    inputs: { a, b },
    outputs: { y: shape },
    gpu: (launcher, { a, b }, { y }) =>
      launchBroadcast(launcher, {
        shader: mulShader,
        a: operand("a", a, aShape),
        b: operand("b", b, bShape),
        output: operand("y", y, shape),
      }),
    cpu: ({ a, b }, { y }, twins) => twins.mul(shape, aShape, bShape, a, b, y),
    terms: 1,
    linearIn: ["a", "b"],
    backward: ({ inputs: { a, b }, gradient, wants }) => ({
      a: wants("a") ? sumTo(mul(gradient("y"), b), aShape) : undefined,
      b: wants("b") ? sumTo(mul(gradient("y"), a), bShape) : undefined,
    }),
  }).y;
}

import concatShader from "../../../shaders/arrange/concat.wgsl";
import { OptionError, ShapeError, show } from "../../core/errors.js";
import { checkNoOptions, type NoOptions } from "../../core/options.js";
import { elementsOf, type Shape } from "../../core/shape.js";
import type { Tensor } from "../../core/tensor.js";
import { checkTensors, execute } from "../kit/execute.js";
import { COPY_TILE, inStrips } from "../kit/strips.js";
import { slice } from "./slice.js";

/**
 * Joins tensors along an axis (WebNN's `concat`).
 *
 * @param inputs at least one tensor: float32, of one rank. Their extents are equal except along `axis`
 * @param axis the axis to join along. A negative number counts from the end
 * @param options there are none (see {@link NoOptions})
 * @returns float32; its extent along `axis` is the sum of the inputs' extents
 * @throws OptionError if `inputs` is not an array of at least one tensor, or `axis` is not an axis of them; ShapeError
 * if other extents than those along `axis` differ; BackendMismatchError, DisposedError, BackendLostError,
 * OutOfMemoryError
 *
 * @example
 * ```ts
 * const a = backend.tensor([[1, 2], [3, 4]]);
 * const b = backend.tensor([[5], [6]]);
 * const y = concat([a, b], 1);
 * y.shape; // [2, 3]
 * await y.read(); // [1, 2, 5, 3, 4, 6]
 * ```
 */
export function concat(inputs: readonly Tensor[], axis: number, options: NoOptions = {}): Tensor {
  if (!Array.isArray(inputs) || inputs.length === 0) {
    throw new OptionError(`concat: inputs must be an array of at least one tensor, got ${show(inputs)}`);
  }
  const named: Record<string, Tensor> = {};
  for (const [i, x] of inputs.entries()) named[`inputs[${i}]`] = x;
  checkTensors("concat", named);
  checkNoOptions("concat", options);
  const shapes = inputs.map(({ shape }): Shape => shape);
  const { position, shape } = readConcat("concat", "inputs", shapes, axis);
  const rows = elementsOf(shape.slice(0, position));
  const yRow = elementsOf(shape.slice(position));
  return execute({
    name: "concat",
    inputs: named,
    outputs: { y: shape },
    gpu(launcher, storages, { y }) {
      let offset = 0;
      for (const x of Object.values(storages)) {
        const xRow = x.elements / rows;
        const fours = [xRow, yRow, offset].every((length) => length % 4 === 0);
        const tiles = Math.ceil(xRow / (fours ? 4 : 1) / COPY_TILE);
        const { params, invocationsPerRow } = inStrips(launcher.traits, rows, tiles, 1);
        const place = { xRow, yRow, offset };
        launcher.forEachBatch(rows, { x, y }, (chunk, rows) =>
          launcher.launch({
            shader: concatShader,
            constants: { FOURS: fours, TILE: COPY_TILE },
            params: { ...params, ...place },
            bindings: chunk,
            invocations: rows * invocationsPerRow,
            work: rows * xRow,
          }),
        );
        offset += xRow;
      }
    },
    cpu: (kernels, inputs, outputs) => kernels.concat({ rows }, inputs, outputs),
    terms: 0,
    backward({ gradient, wants }) {
      const gradients: Record<string, Tensor> = {};
      let start = 0;
      for (const [name, x] of Object.entries(named)) {
        if (wants(name))
          gradients[name] = slice(
            gradient("y"),
            shape.map((_, i) => (i === position ? start : 0)),
            x.shape,
          );
        start += x.shape[position] ?? 0;
      }
      return gradients;
    },
  }).y;
}

/**
 * Checks that tensors can be joined along an axis.
 *
 * @param argument the caller's name for the list of their shapes
 * @returns the axis, counted from the first one, and the shape of the output
 * @throws OptionError, ShapeError
 */
export function readConcat(operator: string, argument: string, shapes: readonly Shape[], axis: number) {
  const [first = []] = shapes;
  const rank = first.length;
  const position = Number.isInteger(axis) && axis < 0 ? axis + rank : axis;
  if (!Number.isInteger(axis) || position < 0 || position >= rank) {
    const expected = rank === 0 ? "none: scalars have no axes; use reshape" : `an integer from ${-rank} to ${rank - 1}`;
    throw new OptionError(`${operator}: axis is ${show(axis)}, expected ${expected} (${argument}[0] ${show(first)})`);
  }
  let extent = 0;
  for (const [i, shape] of shapes.entries()) {
    const fits = shape.length === rank && shape.every((own, other) => other === position || own === first[other]);
    if (!fits) {
      throw new ShapeError(
        `${operator}: ${argument}[${i}] is [${shape.join(", ")}], expected the extents of ${argument}[0] [${first.join(", ")}] but for axis ${position}`,
      );
    }
    extent += shape[position] ?? 0;
  }
  return { position, shape: first.with(position, extent) };
}

import { ShapeError } from "../../core/errors.js";
import type { Tensor } from "../../core/tensor.js";
import { toLayout } from "../arrange/transpose.js";
import { beforeRelu } from "../elementwise/relu.js";
import { checkTensors, execute } from "../kit/execute.js";
import { launchSum } from "../kit/slicedSum.js";
import { conv2d } from "./conv2d.js";
import { conv2dBackwardBias } from "./conv2dBackwardBias.js";
import { conv2dBackwardFilter } from "./conv2dBackwardFilter.js";
import { boundOf, launchPass } from "./plan.js";
import { type ConvTranspose2dOptions, readConvTranspose2d } from "./transposedOptions.js";

/**
 * Transposed two-dimensional convolution (WebNN's `convTranspose2d`), with bias and activation. Every element of x
 * multiplies the filter, and the product is added to a window of the output. This is the input gradient of the
 * convolution that takes an input of y's shape to an output of x's shape.
 *
 *     y[n,h,w,o] = act(bias[o] + Σ x[n,p,q,i] · w[r,s,o,i])
 *     over  h = p·stride + r·dilation − top,  w = q·stride + s·dilation − left
 *
 * Here top and left are `padding[0]` and `padding[2]` of four numbers.
 *
 * @param x float32 [N, H, W, C_in], or as `inputLayout` says
 * @param w float32 [R, S, C_out / groups, C_in], or as `filterLayout` says: height, width, output channels of a group,
 * input channels
 * @param options `strides`, `padding`, `bias` and more, see {@link ConvTranspose2dOptions}. The names are those of
 * WebNN's `convTranspose2d`
 * @returns float32 [N, H', W', C_out], or as `inputLayout` says, with H' = (H − 1) · stride + dilation · (R − 1) + 1 −
 * top − bottom + outputPadding, and W' by the same equation
 * @throws OptionError if an option is invalid; ShapeError if the shapes do not fit each other or the options;
 * BackendMismatchError, DisposedError, BackendLostError, OutOfMemoryError
 *
 * @example
 * ```ts
 * const x = backend.tensor([1, 2], [1, 1, 2, 1]);
 * const w = backend.tensor([1, 10, 100], [1, 3, 1, 1]);
 * await convTranspose2d(x, w).read(); // [1, 12, 120, 200]
 * await convTranspose2d(x, w, { strides: [1, 2] }).read(); // [1, 10, 102, 20, 200]
 * // The output is twice as wide as the input.
 * await convTranspose2d(x, w, { strides: [1, 2], padding: "same" }).read(); // [1, 10, 102, 20]
 * ```
 */
export function convTranspose2d(x: Tensor, w: Tensor, options: ConvTranspose2dOptions = {}): Tensor {
  const operator = "convTranspose2d";
  const bias = options?.bias;
  const backend = checkTensors(operator, { x, w, bias }, ["bias"]);
  const [input, filter] = [
    { name: "x", shape: x.shape },
    { name: "w", shape: w.shape },
  ];
  const {
    geometry: g,
    relu,
    inputLayout,
    filterLayout,
  } = readConvTranspose2d(operator, "forward", input, filter, options);
  if (bias && (bias.shape.length !== 1 || bias.size !== g.c)) {
    throw new ShapeError(
      `${operator}: bias is [${bias.shape.join(", ")}], expected one value for each output channel, [${g.c}] (w [${w.shape.join(", ")}] ${filterLayout}, groups ${g.groups})`,
    );
  }
  return backend.tidy(() => {
    const { y } = execute({
      name: operator,
      inputs: { x: toLayout(x, inputLayout, "nhwc"), w: toLayout(w, filterLayout, "hwoi"), bias },
      outputs: { y: [g.n, g.h, g.w, g.c] },
      gpu(launcher, { x, w, bias }, { y }) {
        // The kernels of conv2dBackwardInput have no bias and no activation. A second dispatch adds them.
        const unfinished = bias !== undefined || relu;
        const sums = unfinished ? launcher.workspace(y.elements) : y;
        launcher.forEachBatch(g.n, { x, sums, y }, (chunk, n) => {
          launchPass(launcher, "conv2dBackwardInput", { ...g, n }, { dy: chunk.x, w, dx: chunk.sums }, "auto");
          if (!unfinished) return;
          const sum = { slices: 1, elements: n * g.h * g.w * g.c, partial: chunk.sums, total: chunk.y };
          launchSum(launcher, { ...sum, bias, relu, channels: g.c });
        });
      },
      cpu: (kernels, inputs, outputs) => kernels.convTranspose2d({ geometry: g, relu }, inputs, outputs),
      terms: boundOf("conv2dBackwardInput", g, "auto").terms + (bias ? 1 : 0),
      rectifies: relu,
      backward(call) {
        const { x, w } = call.inputs;
        const { wants } = call;
        const dy = relu ? beforeRelu(call) : call.gradient("y");
        const convolution = {
          strides: [g.strideHeight, g.strideWidth],
          dilations: [g.dilationHeight, g.dilationWidth],
          padding: [g.padTop, g.padBottom, g.padLeft, g.padRight],
          groups: g.groups,
        } as const;
        // y is the input gradient of that convolution. So the gradients of this operator are the other passes of that
        // convolution.
        return {
          x: wants("x") ? conv2d(dy, w, convolution) : undefined,
          w: wants("w") ? conv2dBackwardFilter(dy, x, w.shape, convolution) : undefined,
          bias: wants("bias") ? conv2dBackwardBias(dy) : undefined,
        };
      },
    });
    return toLayout(y, "nhwc", inputLayout);
  });
}

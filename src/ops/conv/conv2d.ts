import { ShapeError } from "../../core/errors.js";
import { copyOptions } from "../../core/options.js";
import type { Tensor } from "../../core/tensor.js";
import { toLayout } from "../arrange/transpose.js";
import { beforeRelu } from "../elementwise/relu.js";
import { checkTensors, execute } from "../kit/execute.js";
import { conv2dBackwardBias } from "./conv2dBackwardBias.js";
import { filterAndBias } from "./conv2dBackwardFilter.js";
import { maskedInput } from "./conv2dBackwardInput.js";
import { type Conv2dOptions, readConv2d } from "./options.js";
import { boundOf, launchPass, masksRelu } from "./plan.js";

/**
 * The options that the gradients get in place of the forward's. There, tensors are nhwc and hwio, and dy has already
 * gone through the gradient of the activation.
 */
const AS_COMPUTED = { bias: undefined, activation: undefined, inputLayout: undefined, filterLayout: undefined };

/**
 * Two-dimensional convolution (a cross-correlation, as usual in deep learning), with bias and activation (WebNN's
 * `conv2d`).
 *
 *     y[n,p,q,k] = act(bias[k] + Σ_{r,s,c} x[n, i, j, c] · w[r,s,c,k])
 *     with  i = p·stride + r·dilation − top,  j = q·stride + s·dilation − left
 *
 * Here top and left are the padding above and on the left: `padding[0]` and `padding[2]` of four numbers. The padding on
 * the other sides only adds outputs.
 *
 * Padding is a real zero. A NaN or an infinity in x reaches only the outputs whose window holds it. A NaN or an
 * infinity in w reaches only its own output channel.
 *
 * @param x float32 [N, H, W, C], or as `inputLayout` says
 * @param w float32 [R, S, C / groups, K], or as `filterLayout` says: height, width, input channels of a group, output
 * channels
 * @param options `strides`, `padding`, `bias` and more, see {@link Conv2dOptions}. The names are those of WebNN's
 * `conv2d`
 * @returns float32 [N, P, Q, K], or as `inputLayout` says, with P = ⌊(H + top + bottom − dilation · (R − 1) − 1) / stride⌋
 * + 1, and Q by the same equation with left and right. With "ceil" for `outputShapeRounding`, P is rounded up, but a
 * window that would begin in the padding below is left out. With "same", P = ⌈H / stride⌉
 * @throws OptionError if an option is invalid; ShapeError if the shapes do not fit each other or the options;
 * BackendMismatchError, DisposedError, BackendLostError, OutOfMemoryError
 *
 * @example
 * ```ts
 * const x = backend.tensor([1, 2, 3, 4, 5, 6, 7, 8, 9], [1, 3, 3, 1]);
 * const w = backend.full([2, 2, 1, 1], 1);
 * await conv2d(x, w).read(); // [12, 16, 24, 28]
 * const same = conv2d(x, w, { padding: "same", bias: backend.tensor([-20]), activation: "relu" });
 * same.shape; // [1, 3, 3, 1]
 * await same.read(); // [0, 0, 0, 4, 8, 0, 0, 0, 0]
 * // One row above and one column on the left:
 * await conv2d(x, w, { strides: 2, padding: [1, 0, 1, 0] }).read(); // [1, 5, 11, 28]
 * ```
 */
export function conv2d(x: Tensor, w: Tensor, options: Conv2dOptions = {}): Tensor {
  const bias = options?.bias;
  const backend = checkTensors("conv2d", { x, w, bias }, ["bias"]);
  const call = readConv2d("conv2d", "forward", { name: "x", shape: x.shape }, { name: "w", shape: w.shape }, options);
  const given = copyOptions(options);
  const { geometry: g, algorithm, relu, inputLayout, filterLayout } = call;
  if (bias && (bias.shape.length !== 1 || bias.size !== g.k)) {
    throw new ShapeError(
      `conv2d: bias is [${bias.shape.join(", ")}], expected one value for each output channel, [${g.k}] (w [${w.shape.join(", ")}] ${filterLayout})`,
    );
  }
  const { terms, winograd } = boundOf("conv2d", g, algorithm);
  const masks = masksRelu(g, algorithm);
  return backend.tidy(() => {
    const { y } = execute({
      name: "conv2d",
      inputs: { x: toLayout(x, inputLayout, "nhwc"), w: toLayout(w, filterLayout, "hwio"), bias },
      outputs: { y: [g.n, g.p, g.q, g.k] },
      gpu(launcher, { x, w, bias }, { y }) {
        launcher.forEachBatch(g.n, { x, y }, (chunk, n) => {
          launchPass(launcher, "conv2d", { ...g, n }, { ...chunk, w, bias, relu }, algorithm);
        });
      },
      cpu: (kernels, inputs, outputs) => kernels.conv2d({ geometry: g, relu, winograd }, inputs, outputs),
      terms: terms + (bias ? 1 : 0),
      rectifies: relu,
      masks: masks ? ["x"] : [],
      backward(call) {
        const { x, w } = call.inputs;
        const { wants, rectified } = call;
        const dy = relu ? beforeRelu(call) : call.gradient("y");
        const passed = { ...given, ...AS_COMPUTED };
        const filter = wants("w") ? filterAndBias(x, dy, w.shape, passed, wants("bias")) : undefined;
        return {
          x: wants("x") ? maskedInput(dy, w, x.shape, passed, masks && rectified("x") ? x : undefined) : undefined,
          w: filter?.dw,
          bias: filter?.db ?? (wants("bias") ? conv2dBackwardBias(dy, passed) : undefined),
        };
      },
    });
    return toLayout(y, "nhwc", inputLayout);
  });
}

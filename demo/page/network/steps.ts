/**
 * The single steps of a network that Inside shows, by the eight functions of `webgpu-cnn/step-by-step`. A question brings all
 * numbers that its answer needs, so it does not matter how far the network has learned since.
 */
import {
  type Backend,
  conv2d,
  conv2dBackward,
  exp,
  matmul,
  mul,
  reduceMax,
  reduceSum,
  reshape,
  slice,
  softmax,
  sub,
  type Tensor,
} from "webgpu-cnn";
import {
  convBackward,
  convForward,
  convSingleStep,
  createMaskFromWindow,
  distributeValue,
  poolBackward,
  poolForward,
  zeroPad,
} from "webgpu-cnn/step-by-step";
import type { HostTensor } from "../../images.js";
import type { Block, Cell, Settings } from "../settings/settings.js";
import { POOL_SIZE } from "./architecture.js";
import { ACTIVATIONS, read } from "./pass.js";
import { type StrongestAnswer, type StrongestQuestion, strongest } from "./strongest.js";
import { marginsOf, windowCorner } from "./windows.js";

/** A convolution: what it reads [1, H, W, C], its filters [f, f, C, K] and their biases [K]. */
export interface ConvLayer {
  readonly block: Block;
  readonly x: HostTensor;
  readonly kernel: HostTensor;
  readonly bias: HostTensor;
}

export interface StepQuestions {
  /** One filter in one window. */
  readonly convStep: { readonly layer: ConvLayer; readonly map: number; readonly cell: Cell };
  /** One window of a pool, and how a gradient goes back through it. */
  readonly poolStep: {
    readonly mode: "max" | "average";
    /** [1, H, W, C] */
    readonly a: HostTensor;
    readonly map: number;
    readonly cell: Cell;
    /** The gradient of what the pool makes, [1, H', W', C]; undefined on the way forward. */
    readonly da: HostTensor | undefined;
  };
  /** The activation at one number, and how a gradient goes back through it. */
  readonly gateStep: { readonly activation: Settings["activation"]; readonly z: number; readonly gradient: number };
  readonly strongest: StrongestQuestion;
  /** The score of one class. */
  readonly denseStep: {
    readonly maps: HostTensor;
    readonly kernel: HostTensor;
    readonly bias: HostTensor;
    readonly map: number;
  };
  /** From scores to shares. */
  readonly softmaxSteps: { readonly scores: HostTensor };
  /** The chain rule at one number: weights times the gradients of what they made, [K, taps] both. */
  readonly chainStep: { readonly weights: HostTensor; readonly gradients: HostTensor };
  /** The gradients that these parts of dL/dz make, [1, H, W, K] each. */
  readonly convGradients: { readonly layer: ConvLayer; readonly parts: readonly HostTensor[] };
}

export interface StepAnswers {
  readonly convStep: {
    /** [f, f, C] each. */
    readonly window: HostTensor;
    readonly filter: HostTensor;
    readonly products: HostTensor;
    /** The sum of each channel's products, [C]. */
    readonly sums: Float32Array;
    /** The sum of all products. */
    readonly total: number;
    readonly bias: number;
    /** By convSingleStep, … */
    readonly z: number;
    /** … and the same cell by the whole layer; by convForward, if it can pad as the layer does. */
    readonly whole: { readonly by: "convForward" | "conv2d"; readonly z: number };
  };
  readonly poolStep: {
    readonly window: Float32Array;
    /** Of that window alone, … */
    readonly value: number;
    /** … and of the whole layer. */
    readonly whole: number;
    /** 1 at every largest number, by createMaskFromWindow; empty for an average. */
    readonly mask: Float32Array;
    /** The gradient of that cell in equal shares, by distributeValue; empty for a largest. */
    readonly shares: Float32Array;
    /** The gradient of the window's numbers, by poolBackward: each of several largest gets all of it. Empty without a gradient. */
    readonly back: Float32Array;
  };
  readonly gateStep: {
    readonly a: number;
    /** The derivative of the activation there. */
    readonly slope: number;
    /** The gradient before the activation. */
    readonly dz: number;
  };
  readonly strongest: StrongestAnswer;
  readonly denseStep: {
    /** [H, W, C], as the maps are. */
    readonly products: HostTensor;
    /** The sum of each map's products. */
    readonly sums: Float32Array;
    readonly bias: number;
    readonly score: number;
  };
  readonly softmaxSteps: {
    /** The scores less the largest of them, … */
    readonly shifted: Float32Array;
    /** … their exponentials, … */
    readonly exponentials: Float32Array;
    readonly sum: number;
    /** … and each one's share of the sum. */
    readonly shares: Float32Array;
  };
  readonly chainStep: { readonly products: Float32Array; readonly sums: Float32Array; readonly total: number };
  /** For each part. */
  readonly convGradients: readonly { readonly dx: HostTensor; readonly dw: HostTensor }[];
}

export type StepKind = keyof StepQuestions;

export const STEPS: {
  readonly [Kind in StepKind]: (backend: Backend, question: StepQuestions[Kind]) => Promise<StepAnswers[Kind]>;
} = {
  async convStep(backend, { layer, map, cell }) {
    const { block, kernel } = layer;
    const [f = 0, , channels = 0] = kernel.shape;
    const [, height = 0, width = 0] = layer.x.shape;
    const margins = marginsOf(block, height, width);
    const corner = windowCorner(block, margins, cell);
    const { row, column } = { row: corner.row + margins.pad, column: corner.column + margins.pad };
    const tensors = backend.tidy(() => {
      const { x, w, b } = upload(backend, layer);
      const window = reshape(slice(zeroPad(x, margins.pad), [0, row, column, 0], [1, f, f, channels]), [
        f,
        f,
        channels,
      ]);
      const filter = reshape(slice(w, [0, 0, 0, map], [f, f, channels, 1]), [f, f, channels]);
      const bias = reshape(slice(b, [0, 0, 0, map], [1, 1, 1, 1]), [1, 1, 1]);
      const products = mul(window, filter);
      const whole = margins.even
        ? convForward(x, w, b, { stride: block.stride, pad: margins.pad })[0]
        : conv2d(x, w, { strides: block.stride, padding: block.padding, bias: reshape(b, [b.size]) });
      return {
        window,
        filter,
        products,
        sums: reduceSum(products, { axes: [0, 1] }),
        total: reduceSum(products),
        bias,
        z: convSingleStep(window, filter, bias),
        whole: slice(whole, [0, cell.row, cell.column, map], [1, 1, 1, 1]),
      };
    });
    const [window, filter, products, sums, total, bias, z, whole] = await Promise.all([
      read(tensors.window),
      read(tensors.filter),
      read(tensors.products),
      read(tensors.sums),
      read(tensors.total),
      read(tensors.bias),
      read(tensors.z),
      read(tensors.whole),
    ]);
    return {
      window,
      filter,
      products,
      sums: sums.values,
      total: only(total),
      bias: only(bias),
      z: only(z),
      whole: { by: margins.even ? "convForward" : "conv2d", z: only(whole) },
    };
  },

  async poolStep(backend, { mode, a, map, cell, da }) {
    const hyperparameters = { f: POOL_SIZE, stride: POOL_SIZE };
    const tensors = backend.tidy(() => {
      const maps = backend.tensor(a.values, a.shape);
      const cut = (of: Tensor) =>
        slice(of, [0, cell.row * POOL_SIZE, cell.column * POOL_SIZE, map], [1, POOL_SIZE, POOL_SIZE, 1]);
      const made = (of: Tensor) => slice(of, [0, cell.row, cell.column, map], [1, 1, 1, 1]);
      const window = cut(maps);
      const [whole, cache] = poolForward(maps, hyperparameters, mode);
      const gradient = da && backend.tensor(da.values, da.shape);
      return [
        window,
        poolForward(window, hyperparameters, mode)[0],
        made(whole),
        mode === "max" ? createMaskFromWindow(reshape(window, [POOL_SIZE, POOL_SIZE])) : undefined,
        mode === "average" && gradient
          ? distributeValue(reshape(made(gradient), []), [POOL_SIZE, POOL_SIZE])
          : undefined,
        gradient && cut(poolBackward(gradient, cache, mode)),
      ];
    });
    const none = { values: new Float32Array() };
    const [window, value, whole, mask, shares, back] = await Promise.all(
      tensors.map((tensor) => (tensor ? read(tensor) : none)),
    );
    const { values } = none;
    return {
      window: window?.values ?? values,
      value: value?.values[0] ?? Number.NaN,
      whole: whole?.values[0] ?? Number.NaN,
      mask: mask?.values ?? values,
      shares: shares?.values ?? values,
      back: back?.values ?? values,
    };
  },

  async gateStep(backend, { activation, z, gradient }) {
    const { forward, backward } = ACTIVATIONS[activation];
    const tensors = backend.tidy(() => {
      const x = backend.full([1], z);
      const a = forward(x);
      return {
        a,
        slope: backward(x, a, backend.full([1], 1)),
        dz: backward(x, a, backend.full([1], gradient)),
      };
    });
    const [a, slope, dz] = await Promise.all([read(tensors.a), read(tensors.slope), read(tensors.dz)]);
    return { a: only(a), slope: only(slope), dz: only(dz) };
  },

  strongest,

  async denseStep(backend, { maps, kernel, bias, map }) {
    const [, height = 0, width = 0, channels = 0] = maps.shape;
    const size = maps.values.length;
    const tensors = backend.tidy(() => {
      const inputs = backend.tensor(maps.values, [1, size]);
      const weights = slice(backend.tensor(kernel.values, kernel.shape), [0, map], [size, 1]);
      const b = slice(backend.tensor(bias.values, bias.shape), [map], [1]);
      const products = reshape(mul(reshape(inputs, [size, 1]), weights), [height, width, channels]);
      return { products, sums: reduceSum(products, { axes: [0, 1] }), b, score: matmul(inputs, weights, { bias: b }) };
    });
    const [products, sums, b, score] = await Promise.all([
      read(tensors.products),
      read(tensors.sums),
      read(tensors.b),
      read(tensors.score),
    ]);
    return { products, sums: sums.values, bias: only(b), score: only(score) };
  },

  async softmaxSteps(backend, { scores }) {
    const tensors = backend.tidy(() => {
      const s = backend.tensor(scores.values, scores.shape);
      const shifted = sub(s, reduceMax(s));
      const exponentials = exp(shifted);
      return { shifted, exponentials, sum: reduceSum(exponentials), shares: softmax(s) };
    });
    const [shifted, exponentials, sum, shares] = await Promise.all([
      read(tensors.shifted),
      read(tensors.exponentials),
      read(tensors.sum),
      read(tensors.shares),
    ]);
    return { shifted: shifted.values, exponentials: exponentials.values, sum: only(sum), shares: shares.values };
  },

  async chainStep(backend, { weights, gradients }) {
    const tensors = backend.tidy(() => {
      const products = mul(
        backend.tensor(weights.values, weights.shape),
        backend.tensor(gradients.values, gradients.shape),
      );
      return { products, sums: reduceSum(products, { axes: [1] }), total: reduceSum(products) };
    });
    const [products, sums, total] = await Promise.all([
      read(tensors.products),
      read(tensors.sums),
      read(tensors.total),
    ]);
    return { products: products.values, sums: sums.values, total: only(total) };
  },

  async convGradients(backend, { layer, parts }) {
    const { block } = layer;
    const [, height = 0, width = 0] = layer.x.shape;
    const { even, pad } = marginsOf(block, height, width);
    const all = backend.tidy(() => {
      const { x, w, b } = upload(backend, layer);
      return parts.map(({ values, shape }) => {
        const dz = backend.tensor(values, shape);
        if (!even) {
          const { dx, dw, db } = conv2dBackward(x, w, dz, { strides: block.stride, padding: block.padding });
          db.dispose();
          return { dx, dw };
        }
        const [dx, dw, db] = convBackward(dz, [x, w, b, { stride: block.stride, pad }]);
        db.dispose();
        return { dx, dw };
      });
    });
    return Promise.all(all.map(async ({ dx, dw }) => ({ dx: await read(dx), dw: await read(dw) })));
  },
};

function upload(backend: Backend, { x, kernel, bias }: ConvLayer) {
  return {
    x: backend.tensor(x.values, x.shape),
    w: backend.tensor(kernel.values, kernel.shape),
    b: backend.tensor(bias.values, [1, 1, 1, bias.values.length]),
  };
}

const only = ({ values: [value = Number.NaN] }: HostTensor) => value;

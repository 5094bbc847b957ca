import {
  averagePool2d,
  averagePool2dBackward,
  type Backend,
  conv2d,
  conv2dBackward,
  conv2dBackwardBias,
  conv2dBackwardFilter,
  conv2dBackwardInput,
  maxPool2d,
  maxPool2dBackward,
  pad2d,
  pad2dBackward,
  reluBackward,
  type Tensor,
} from "webgpu-cnn";
import type { Digits } from "./mnist.js";
import { FIRST_FILTER, SECOND_FILTER, type Weights } from "./weights.js";

/** One operator of the network, ready to run. */
export interface Step<Outputs extends Readonly<Record<string, Tensor>> = Readonly<Record<string, Tensor>>> {
  readonly pass: "forward" | "backward";
  readonly operator: string;
  /** Its options, in a few words. */
  readonly setting: string;
  /** The number of multiply-adds, padding included. Undefined for operators without them. */
  readonly multiplyAdds?: number;
  /** Runs it; it can run many times. The caller disposes of the outputs. */
  run(): Outputs;
}

/** Runs a step, checks it or times it, and returns the outputs. */
export type Visit = <Outputs extends Readonly<Record<string, Tensor>>>(step: Step<Outputs>) => Promise<Outputs>;

/** What the picture shows. Images are [N, height, width, channels]. */
export interface NetworkTensors {
  readonly padded: Tensor;
  readonly w1: Tensor;
  readonly a1: Tensor;
  readonly p1: Tensor;
  readonly z2: Tensor;
  readonly y: Tensor;
  readonly dy: Tensor;
  readonly dz1: Tensor;
  readonly dw1: Tensor;
  readonly dImages: Tensor;
}

export interface NetworkRun {
  readonly tensors: NetworkTensors;
  /** Disposes of every tensor that the run made, also of those that are not in `tensors`. */
  dispose(): void;
}

const MARGIN = { padding: 2 } as const;
const CONV_1 = { padding: 2 } as const;
const POOL = { windowDimensions: 2 } as const;
/** TensorFlow's "same" for a 3×3 window at stride 2 on an even extent: one element of padding, at the end. */
const CONV_2 = { strides: 2, padding: [0, 1, 0, 1] } as const;

/**
 * The network, forward and backward, one operator at a time.
 *
 * The digits are padded from 28×28 to 32×32, as in LeNet-5. The loss is half the squared distance of a digit's features y to the average of
 * its class. So the gradient of the images shows where ink makes a digit unlike the others of its class.
 *
 * @param visit runs each operator
 */
export async function runNetwork(
  backend: Backend,
  digits: Digits,
  weights: Weights,
  visit: Visit,
): Promise<NetworkRun> {
  const made: Tensor[] = [];
  const keep = <Kept extends Tensor>(tensor: Kept): Kept => {
    made.push(tensor);
    return tensor;
  };
  const run: Visit = async (step) => {
    const outputs = await visit(step);
    made.push(...Object.values(outputs));
    return outputs;
  };
  const images = keep(backend.tensor(digits.pixels, digits.shape));
  const w1 = keep(backend.tensor(weights.w1, [FIRST_FILTER.size, FIRST_FILTER.size, 1, FIRST_FILTER.count]));
  const b1 = keep(backend.tensor(weights.b1));
  const w2 = keep(
    backend.tensor(weights.w2, [SECOND_FILTER.size, SECOND_FILTER.size, FIRST_FILTER.count, SECOND_FILTER.count]),
  );
  const b2 = keep(backend.tensor(weights.b2));

  const { y: padded } = await run({
    pass: "forward",
    operator: "pad2d",
    setting: "zeros, 2 on every side",
    run: () => ({ y: pad2d(images, MARGIN) }),
  });
  const { y: a1 } = await run({
    pass: "forward",
    operator: "conv2d",
    setting: "5×5 to 8 channels, padding 2, ReLU",
    multiplyAdds: multiplyAdds(padded, w1),
    run: () => ({ y: conv2d(padded, w1, { ...CONV_1, bias: b1, activation: "relu" }) }),
  });
  const { y: p1 } = await run({
    pass: "forward",
    operator: "maxPool2d",
    setting: "2×2",
    run: () => ({ y: maxPool2d(a1, POOL) }),
  });
  const { y: z2 } = await run({
    pass: "forward",
    operator: "conv2d",
    setting: "3×3 to 16, stride 2, padding 0 1 0 1",
    multiplyAdds: multiplyAdds(p1, w2, 2),
    run: () => ({ y: conv2d(p1, w2, { ...CONV_2, bias: b2 }) }),
  });
  const { y } = await run({
    pass: "forward",
    operator: "averagePool2d",
    setting: "2×2",
    run: () => ({ y: averagePool2d(z2, POOL) }),
  });

  const dy = keep(backend.tensor(minusClassAverage(await y.read(), digits.labels), y.shape));

  const { dx: dz2 } = await run({
    pass: "backward",
    operator: "averagePool2dBackward",
    setting: "2×2",
    run: () => ({ dx: averagePool2dBackward(z2.shape, dy, POOL) }),
  });
  const { dx: dp1 } = await run({
    pass: "backward",
    operator: "conv2dBackward",
    setting: "3×3, all three gradients",
    multiplyAdds: 2 * multiplyAdds(p1, w2, 2),
    run: () => conv2dBackward(p1, w2, dz2, CONV_2),
  });
  const { dx: da1 } = await run({
    pass: "backward",
    operator: "maxPool2dBackward",
    setting: "2×2",
    run: () => ({ dx: maxPool2dBackward(a1, dp1, POOL) }),
  });
  const dz1 = keep(reluBackward(a1, da1));
  const { dx: dPadded } = await run({
    pass: "backward",
    operator: "conv2dBackwardInput",
    setting: "5×5",
    multiplyAdds: multiplyAdds(padded, w1),
    run: () => ({ dx: conv2dBackwardInput(dz1, w1, padded.shape, CONV_1) }),
  });
  const { dw: dw1 } = await run({
    pass: "backward",
    operator: "conv2dBackwardFilter",
    setting: "5×5",
    multiplyAdds: multiplyAdds(padded, w1),
    run: () => ({ dw: conv2dBackwardFilter(padded, dz1, w1.shape, CONV_1) }),
  });
  await run({
    pass: "backward",
    operator: "conv2dBackwardBias",
    setting: "5×5",
    run: () => ({ db: conv2dBackwardBias(dz1, CONV_1) }),
  });
  const { dx: dImages } = await run({
    pass: "backward",
    operator: "pad2dBackward",
    setting: "cuts the margin off again",
    run: () => ({ dx: pad2dBackward(images.shape, dPadded, MARGIN) }),
  });
  return {
    tensors: { padded, w1, a1, p1, z2, y, dy, dz1, dw1, dImages },
    dispose: () => {
      for (const tensor of made) tensor.dispose();
    },
  };
}

/** The number of products of a convolution whose output extents are the input's divided by `stride`. */
function multiplyAdds(x: Tensor, w: Tensor, stride = 1): number {
  const [n = 0, height = 0, width = 0] = x.shape;
  return n * (height / stride) * (width / stride) * w.size;
}

/**
 * The gradient of half the squared distance to the class averages. The averages count as constants.
 *
 * @param y [N, …], one row of features for each digit
 * @param labels [N]
 */
function minusClassAverage(y: Float32Array, labels: Uint8Array): Float32Array {
  const features = y.length / labels.length;
  const sums = Array.from({ length: 10 }, () => ({ members: 0, features: new Float64Array(features) }));
  for (const [n, label] of labels.entries()) {
    const sum = sums[label];
    if (!sum) throw new Error(`a digit is labelled ${label}`);
    sum.members++;
    for (let i = 0; i < features; i++) sum.features[i] = (sum.features[i] ?? 0) + (y[n * features + i] ?? 0);
  }
  return y.map((value, i) => {
    const sum = sums[labels[Math.floor(i / features)] ?? 0];
    return sum ? value - (sum.features[i % features] ?? 0) / sum.members : value;
  });
}

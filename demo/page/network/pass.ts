/** One picture's way through the network, and the gradient's way back, by the library's operators. */
import {
  averagePool2d,
  averagePool2dBackward,
  type Backend,
  conv2d,
  conv2dBackward,
  leakyRelu,
  leakyReluBackward,
  matmul,
  matmulBackward,
  maxPool2d,
  maxPool2dBackward,
  relu,
  reluBackward,
  reshape,
  sigmoid,
  sigmoidBackward,
  softmax,
  softmaxCrossEntropy,
  softmaxCrossEntropyBackward,
  type Tensor,
  tanh,
  tanhBackward,
} from "webgpu-cnn";
import type { HostTensor } from "../../images.js";
import type { Block, Settings } from "../settings/settings.js";
import { type Architecture, POOL_SIZE } from "./architecture.js";
import type { LayerWeights } from "./model.js";

/** A picture to look at, and what it is, if that is known. */
export interface Example {
  /** [1, H, W, C], from 0 to 1. */
  readonly picture: HostTensor;
  /** The number of its class. */
  readonly label: number | undefined;
}

/** What one picture made of every station. */
export interface Pass {
  readonly example: Example;
  /** By the names of the stations: x, z1, a1, p1, … [1, H, W, maps], and `scores` [1, classes]. */
  readonly values: Readonly<Record<string, HostTensor>>;
  /** The softmax of the scores. */
  readonly probabilities: Float32Array;
  /** The cross-entropy of this example; undefined without a label. */
  readonly loss: number | undefined;
  /** Of that loss with respect to the stations' values; empty without a label. */
  readonly gradients: Readonly<Record<string, HostTensor>>;
  /** Of that loss with respect to the weights, by layer: the convolutions, then the dense layer. */
  readonly weightGradients: readonly WeightGradients[];
}

export interface WeightGradients {
  readonly kernel: HostTensor;
  readonly bias: HostTensor;
}

/** The activations, forward and backward. The gradient reads the activation's input or its output, as its function wants. */
export const ACTIVATIONS: Readonly<
  Record<Settings["activation"], { forward(x: Tensor): Tensor; backward(x: Tensor, y: Tensor, dy: Tensor): Tensor }>
> = {
  relu: { forward: (x) => relu(x), backward: (_, y, dy) => reluBackward(y, dy) },
  leakyRelu: { forward: (x) => leakyRelu(x), backward: (x, _, dy) => leakyReluBackward(x, dy) },
  tanh: { forward: (x) => tanh(x), backward: (_, y, dy) => tanhBackward(y, dy) },
  sigmoid: { forward: (x) => sigmoid(x), backward: (_, y, dy) => sigmoidBackward(y, dy) },
};

export const POOL_OPTIONS = { windowDimensions: POOL_SIZE, strides: POOL_SIZE };
export const convOptions = ({ stride, padding }: Block) => ({ strides: stride, padding });

interface Run {
  readonly values: Record<string, Tensor>;
  readonly gradients: Record<string, Tensor>;
  readonly weights: { kernel: Tensor; bias: Tensor }[];
  readonly probabilities: Tensor;
  readonly loss: Tensor | undefined;
}

/** Runs a picture through the network and, if its class is known, the gradient of its loss back through it. */
export async function runPass(
  backend: Backend,
  architecture: Architecture,
  weights: readonly LayerWeights[],
  example: Example,
): Promise<Pass> {
  const run = backend.tidy(() => compute(backend, architecture, weights, example));
  const { values, gradients, probabilities, loss } = run;
  const [readValues, readGradients, weightGradients, shares, [meanLoss] = []] = await Promise.all([
    readAll(values),
    readAll(gradients),
    Promise.all(run.weights.map(async ({ kernel, bias }) => ({ kernel: await read(kernel), bias: await read(bias) }))),
    read(probabilities),
    loss ? read(loss).then((tensor) => tensor.values) : [],
  ]);
  return {
    example,
    values: readValues,
    probabilities: shares.values,
    loss: meanLoss,
    gradients: readGradients,
    weightGradients,
  };
}

function compute(
  backend: Backend,
  { blocks, activation, classes }: Architecture,
  weights: readonly LayerWeights[],
  { picture, label }: Example,
): Run {
  const values: Record<string, Tensor> = {};
  let x: Tensor = backend.tensor(picture.values, picture.shape);
  values["x"] = x;
  for (const [i, block] of blocks.entries()) {
    const { kernel, bias } = at(weights, i);
    const z = conv2d(x, kernel.value, { ...convOptions(block), bias: bias.value });
    x = ACTIVATIONS[activation].forward(z);
    Object.assign(values, { [`z${i + 1}`]: z, [`a${i + 1}`]: x });
    if (block.pool === "none") continue;
    x = (block.pool === "max" ? maxPool2d : averagePool2d)(x, POOL_OPTIONS);
    values[`p${i + 1}`] = x;
  }
  const dense = at(weights, blocks.length);
  const flat = reshape(x, [1, x.size]);
  const scores = matmul(flat, dense.kernel.value, { bias: dense.bias.value });
  values["scores"] = scores;
  const probabilities = softmax(scores);
  const run: Run = { values, gradients: {}, weights: [], probabilities, loss: undefined };
  if (label === undefined || label >= classes) return run;

  const labels = backend.tensor(Float32Array.of(label), [1]);
  const loss = softmaxCrossEntropy(scores, labels);
  const dScores = softmaxCrossEntropyBackward(scores, labels, backend.full([], 1));
  const ofDense = matmulBackward(flat, dense.kernel.value, dScores);
  const gradients: Record<string, Tensor> = { scores: dScores };
  const weightGradients = [{ kernel: ofDense.db, bias: reshape(dScores, [classes]) }];
  let dy = reshape(ofDense.da, x.shape);
  for (const [i, block] of [...blocks.entries()].reverse()) {
    const { kernel } = at(weights, i);
    const [z, a, before] = [at(values, `z${i + 1}`), at(values, `a${i + 1}`), at(values, inputOf(blocks, i))];
    if (block.pool !== "none") {
      gradients[`p${i + 1}`] = dy;
      dy =
        block.pool === "max"
          ? maxPool2dBackward(a, dy, POOL_OPTIONS)
          : averagePool2dBackward(a.shape, dy, POOL_OPTIONS);
    }
    const dz = ACTIVATIONS[activation].backward(z, a, dy);
    const { dx, dw, db } = conv2dBackward(before, kernel.value, dz, convOptions(block));
    Object.assign(gradients, { [`a${i + 1}`]: dy, [`z${i + 1}`]: dz });
    weightGradients.unshift({ kernel: dw, bias: db });
    dy = dx;
  }
  gradients["x"] = dy;
  return { ...run, gradients, weights: weightGradients, loss };
}

/** The name of the station that a block's convolution reads. */
export function inputOf(blocks: readonly Block[], block: number): string {
  const before = blocks[block - 1];
  return before ? `${before.pool === "none" ? "a" : "p"}${block}` : "x";
}

function at<Value>(list: Readonly<Record<string, Value>> | readonly Value[], key: string | number): Value {
  const found = Array.isArray(list) ? list[Number(key)] : Object.entries(list).find(([name]) => name === key)?.[1];
  if (found === undefined) throw new Error(`the network has no ${key}`);
  return found;
}

async function readAll(tensors: Readonly<Record<string, Tensor>>): Promise<Record<string, HostTensor>> {
  return Object.fromEntries(
    await Promise.all(Object.entries(tensors).map(async ([name, tensor]) => [name, await read(tensor)] as const)),
  );
}

/** Reads a tensor and disposes of it. */
export async function read(tensor: Tensor): Promise<HostTensor> {
  try {
    return { shape: tensor.shape, values: await tensor.read() };
  } finally {
    tensor.dispose();
  }
}

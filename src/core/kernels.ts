import type { Conv2dGeometry, Pad2dGeometry, WindowGeometry } from "./geometry.js";
import type { Shape } from "./shape.js";

/**
 * The kernels of a CPU runtime, by operator name, each with one signature: attributes, inputs, outputs. A kernel writes every element of
 * its outputs. Images are nhwc, filters hwio.
 *
 * `Memory` is what a runtime's kernels see of a tensor: the reference a Float32Array, WebAssembly an offset and a length. A runtime may fill
 * the table in part, and take the reference's kernels for the rest.
 */
export interface Kernels<Memory> {
  // Convolution and matrix products

  conv2d: Kernel<Conv2dAttributes, { x: Memory; w: Memory; bias?: Memory | undefined }, { y: Memory }>;
  /** With x, the gradient goes through the ReLU that gave x as well. */
  conv2dBackwardInput: Kernel<
    Omit<Conv2dAttributes, "relu">,
    { dy: Memory; w: Memory; x?: Memory | undefined },
    { dx: Memory }
  >;
  conv2dBackwardFilter: Kernel<Conv2dGeometry, { x: Memory; dy: Memory }, { dw: Memory; db?: Memory | undefined }>;
  conv2dBackwardBias: Kernel<undefined, { dy: Memory }, { db: Memory }>;
  /** The geometry is that of the convolution whose input's gradient it is: y is that one's input, x its output. */
  convTranspose2d: Kernel<
    Omit<Conv2dAttributes, "winograd">,
    { x: Memory; w: Memory; bias?: Memory | undefined },
    { y: Memory }
  >;
  matmul: Kernel<MatmulAttributes, { a: Memory; b: Memory; bias?: Memory | undefined }, { y: Memory }>;

  // Pooling, padding, resampling

  maxPool2d: Kernel<WindowGeometry, { x: Memory }, { y: Memory }>;
  maxPool2dBackward: Kernel<MaxPool2dBackwardAttributes, { x: Memory; dy: Memory }, { dx: Memory }>;
  averagePool2d: Kernel<AveragePool2dAttributes, { x: Memory }, { y: Memory }>;
  averagePool2dBackward: Kernel<AveragePool2dAttributes, { dy: Memory }, { dx: Memory }>;
  globalAveragePool2d: Kernel<GlobalPool2dAttributes, { x: Memory }, { y: Memory }>;
  globalAveragePool2dBackward: Kernel<GlobalPool2dAttributes, { dy: Memory }, { dx: Memory }>;
  pad2d: Kernel<Pad2dAttributes, { x: Memory }, { y: Memory }>;
  pad2dBackward: Kernel<Omit<Pad2dAttributes, "value">, { dy: Memory }, { dx: Memory }>;
  resample2d: Kernel<Resample2dAttributes, { x: Memory }, { y: Memory }>;
  resample2dBackward: Kernel<Resample2dAttributes, { dy: Memory }, { dx: Memory }>;

  // Elementwise

  /** y = f(x), f by its name. */
  unary: Kernel<UnaryAttributes, { x: Memory }, { y: Memory }>;
  /** dx = f′ · dy. `value` is f's input or its output, whichever f′ is computed from. */
  unaryBackward: Kernel<UnaryAttributes, { value: Memory; dy: Memory }, { dx: Memory }>;
  /** y = f(a, b), both stretched to `shape`. */
  binary: Kernel<BinaryAttributes, { a: Memory; b: Memory }, { y: Memory }>;
  /** The gradient of one operand before it is summed to that operand's shape. */
  binaryBackward: Kernel<BinaryBackwardAttributes, { a: Memory; b: Memory; dy: Memory }, { dx: Memory }>;
  dropout: Kernel<DropoutMask, { x: Memory; step: Memory }, { y: Memory }>;

  // Reductions, softmax, losses

  reduceSum: Kernel<ReduceAttributes, { x: Memory }, { y: Memory }>;
  reduceSumBackward: Kernel<ReduceAttributes, { dy: Memory }, { dx: Memory }>;
  reduceMean: Kernel<ReduceAttributes, { x: Memory }, { y: Memory }>;
  reduceMeanBackward: Kernel<ReduceAttributes, { dy: Memory }, { dx: Memory }>;
  softmax: Kernel<SoftmaxAttributes, { x: Memory }, { y: Memory }>;
  softmaxBackward: Kernel<SoftmaxAttributes, { y: Memory; dy: Memory }, { dx: Memory }>;
  softmaxCrossEntropy: Kernel<SoftmaxCrossEntropyAttributes, { logits: Memory; labels: Memory }, { loss: Memory }>;
  softmaxCrossEntropyBackward: Kernel<
    SoftmaxCrossEntropyAttributes,
    { logits: Memory; labels: Memory; dy: Memory },
    { dlogits: Memory }
  >;
  meanSquaredError: Kernel<undefined, { predictions: Memory; targets: Memory }, { loss: Memory }>;
  meanSquaredErrorBackward: Kernel<
    undefined,
    { predictions: Memory; targets: Memory; dy: Memory },
    { dpredictions: Memory; dtargets: Memory }
  >;

  // Normalization: the channels innermost

  batchNormalization: Kernel<
    NormalizationAttributes,
    { x: Memory; mean: Memory; variance: Memory; scale?: Memory | undefined; bias?: Memory | undefined },
    { y: Memory }
  >;
  batchNormalizationBackward: Kernel<
    NormalizationAttributes,
    { x: Memory; mean: Memory; variance: Memory; dy: Memory; scale?: Memory | undefined },
    { dx: Memory; dmean: Memory; dvariance: Memory; dscale: Memory; dbias: Memory }
  >;
  batchNormalizationTraining: Kernel<
    NormalizationAttributes,
    { x: Memory; scale?: Memory | undefined; bias?: Memory | undefined },
    { y: Memory; mean: Memory; variance: Memory }
  >;
  batchNormalizationTrainingBackward: Kernel<
    NormalizationAttributes,
    { x: Memory; mean: Memory; variance: Memory; dy: Memory; scale?: Memory | undefined },
    { dx: Memory; dscale: Memory; dbias: Memory }
  >;

  // Moving values

  transpose: Kernel<TransposeAttributes, { x: Memory }, { y: Memory }>;
  slice: Kernel<Block, { x: Memory }, { y: Memory }>;
  sliceBackward: Kernel<Block, { dy: Memory }, { dx: Memory }>;
  /** The inputs in their order, whatever their names. */
  concat: Kernel<ConcatAttributes, Readonly<Record<string, Memory>>, { y: Memory }>;

  // Optimizer steps

  sgdUpdate: Kernel<
    SgdSettings,
    { w: Memory; dw: Memory; velocity?: Memory | undefined; hyper: Memory },
    { w: Memory; velocity?: Memory | undefined }
  >;
  adamUpdate: Kernel<
    AdamSettings,
    { w: Memory; dw: Memory; m: Memory; v: Memory; hyper: Memory },
    { w: Memory; m: Memory; v: Memory }
  >;
  clipScale: Kernel<ClipScaleAttributes, { sumOfSquares: Memory }, { y: Memory }>;
}

/** One operator on a CPU runtime. */
export type Kernel<Attributes, Inputs, Outputs> = (
  attributes: Attributes,
  inputs: Readonly<Inputs>,
  outputs: Readonly<Outputs>,
) => void;

export interface Conv2dAttributes {
  readonly geometry: Conv2dGeometry;
  readonly relu: boolean;
  /** Set where Winograd's transformations compute it on the GPU. The result is the same, the error's bound is not. */
  readonly winograd: WinogradGeometry | undefined;
}

/** A 3×3 convolution of stride 1, as Winograd's transformations see it. A type, since the launcher takes it for a record of numbers. */
export type WinogradGeometry = {
  readonly n: number;
  readonly h: number;
  readonly w: number;
  readonly c: number;
  readonly p: number;
  readonly q: number;
  readonly k: number;
  /** Where the window of the first output begins. */
  readonly top: number;
  readonly left: number;
  /** Whether the filter is rotated by 180°, with its channels exchanged. */
  readonly backward: boolean;
};

/** A product of an m × k matrix by a k × n one, either of them stored transposed. */
export interface MatmulAttributes {
  readonly m: number;
  readonly n: number;
  readonly k: number;
  /** Whether a is stored [k, m]. */
  readonly transposeA: boolean;
  /** Whether b is stored [n, k]. */
  readonly transposeB: boolean;
  readonly relu: boolean;
}

export interface MaxPool2dBackwardAttributes {
  readonly geometry: WindowGeometry;
  readonly ties: "first" | "all";
  /** Whether the gradient goes through the ReLU that gave x as well. */
  readonly rectified: boolean;
}

export interface AveragePool2dAttributes {
  readonly geometry: WindowGeometry;
  readonly countIncludePad: boolean;
}

/** x [n, pixels, c], y [n, c]. */
export interface GlobalPool2dAttributes {
  readonly pixels: number;
  readonly c: number;
}

export type PadMode = "constant" | "reflection" | "edge";

export interface Pad2dAttributes {
  readonly geometry: Pad2dGeometry;
  readonly mode: PadMode;
  readonly value: number;
}

/** Extents of the input (h, w) and the output (p, q). A type, since the launcher takes it for a record of numbers. */
export type Resample2dAttributes = {
  readonly n: number;
  readonly h: number;
  readonly w: number;
  readonly c: number;
  readonly p: number;
  readonly q: number;
};

export interface UnaryAttributes {
  /** The operator's, such as "exp". */
  readonly name: string;
  /** Its options as numbers, such as `{ alpha: 0.01 }`, rounded to float32. */
  readonly numbers: Readonly<Record<string, number>>;
}

export interface BinaryAttributes {
  /** The operator's, such as "add". */
  readonly name: string;
  readonly shape: Shape;
  readonly aShape: Shape;
  readonly bShape: Shape;
}

export interface BinaryBackwardAttributes extends BinaryAttributes {
  readonly operand: "a" | "b";
}

/** Which elements dropout drops, and what becomes of the others. */
export interface DropoutMask {
  readonly seed: number;
  /** An element is kept where its bits are at least this. */
  readonly threshold: number;
  /** float32. */
  readonly scale: number;
}

export interface ReduceAttributes {
  /** Of x. */
  readonly shape: Shape;
  /** That of x with an extent of 1 for each reduced axis. */
  readonly keptShape: Shape;
}

export interface SoftmaxAttributes {
  /** The extent of the last axis. */
  readonly c: number;
}

export type LossReduction = "mean" | "sum" | "none";

export interface SoftmaxCrossEntropyAttributes {
  readonly n: number;
  readonly c: number;
  /** Whether labels are [n, c]; else class numbers [n]. */
  readonly probabilities: boolean;
  readonly reduction: LossReduction;
}

export interface NormalizationAttributes {
  readonly epsilon: number;
}

export interface TransposeAttributes {
  /** Of the output. */
  readonly extents: Shape;
  /** In elements of the input, for one step along each axis of the output. */
  readonly strides: Shape;
}

/** A block of a tensor of four axes. */
export interface Block {
  /** Extents of the tensor, the positions where the block begins, and its own extents. */
  readonly whole: readonly [number, number, number, number];
  readonly starts: readonly [number, number, number, number];
  readonly extents: readonly [number, number, number, number];
}

export interface ConcatAttributes {
  /** The product of the extents before the concatenated axis. */
  readonly rows: number;
}

/** Of one step of SGD. Kernels take the numbers as float32 holds them. */
export interface SgdSettings {
  readonly momentum: number;
  readonly nesterov: boolean;
  readonly weightDecay: number;
}

/** Of one step of Adam. Kernels take the numbers as float32 holds them. */
export interface AdamSettings {
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
  readonly weightDecay: number;
  readonly decoupled: boolean;
}

export interface ClipScaleAttributes {
  readonly clipNorm: number;
}

import type { Conv2dGeometry, Pad2dGeometry, WindowGeometry } from "./geometry.js";
import type { Shape } from "./shape.js";

/**
 * The kernels of a CPU runtime, by operator name. Each has the same form: attributes, inputs, outputs. A kernel writes
 * every element of its outputs. Images are nhwc, filters hwio.
 *
 * `Memory` is a runtime's view of a tensor. For the reference it is a Float32Array, for WebAssembly an offset and a
 * length. A runtime may fill the table in part, and take the reference's kernels for the rest.
 */
export interface Kernels<Memory> {
  // Convolution and matrix products

  conv2d: Kernel<Conv2dAttributes, { x: Memory; w: Memory; bias?: Memory | undefined }, { y: Memory }>;
  /** With x, the gradient also goes through the ReLU whose output x is. */
  conv2dBackwardInput: Kernel<
    Omit<Conv2dAttributes, "relu">,
    { dy: Memory; w: Memory; x?: Memory | undefined },
    { dx: Memory }
  >;
  conv2dBackwardFilter: Kernel<Conv2dGeometry, { x: Memory; dy: Memory }, { dw: Memory; db?: Memory | undefined }>;
  conv2dBackwardBias: Kernel<undefined, { dy: Memory }, { db: Memory }>;
  /**
   * The input gradient of a convolution. `geometry` is that convolution's: y has the shape of its input, x of its
   * output.
   */
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
  /** dx = f′ · dy. `value` is f's input or its output: f′ is computed from it. */
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
  slice: Kernel<SliceAttributes, { x: Memory }, { y: Memory }>;
  sliceBackward: Kernel<SliceAttributes, { dy: Memory }, { dx: Memory }>;
  /** The inputs count in their order. Their names do not matter. */
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
  /**
   * Set if Winograd's transformations compute it on WebGPU. The exact result is the same, but the error bound is wider.
   */
  readonly winograd: WinogradGeometry | undefined;
}

/**
 * A 3×3 convolution of stride 1, for Winograd's transformations. It is a type, not an interface, because the launcher
 * takes it as `Params` values.
 */
export type WinogradGeometry = {
  readonly n: number;
  readonly h: number;
  readonly w: number;
  readonly c: number;
  readonly p: number;
  readonly q: number;
  readonly k: number;
  /** The position where the window of the first output begins. */
  readonly top: number;
  readonly left: number;
  /** Whether the filter is rotated by 180°, with its channels exchanged. */
  readonly backward: boolean;
};

/** A product of an m × k matrix and a k × n matrix. Each may be stored transposed. */
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
  /** Whether the gradient also goes through the ReLU whose output x is. */
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

/** Extents of the input (h, w) and the output (p, q). A type, because the launcher takes it as `Params` values. */
export type Resample2dAttributes = {
  readonly n: number;
  readonly h: number;
  readonly w: number;
  readonly c: number;
  readonly p: number;
  readonly q: number;
};

export interface UnaryAttributes {
  /** The operator's name, such as "exp". */
  readonly name: string;
  /** Its options as numbers, such as `{ alpha: 0.01 }`, rounded to float32. */
  readonly numbers: Readonly<Record<string, number>>;
}

export interface BinaryAttributes {
  /** The operator's name, such as "add". */
  readonly name: string;
  readonly shape: Shape;
  readonly aShape: Shape;
  readonly bShape: Shape;
}

export interface BinaryBackwardAttributes extends BinaryAttributes {
  readonly operand: "a" | "b";
}

/** Tells which elements dropout drops, and how it scales the others. */
export interface DropoutMask {
  readonly seed: number;
  /** An element is kept if its bits are at least this. */
  readonly threshold: number;
  /** float32. */
  readonly scale: number;
}

export interface ReduceAttributes {
  /** The shape of x. */
  readonly shape: Shape;
  /** The shape of x with an extent of 1 for each reduced axis. */
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
  /** Whether the labels are probabilities [n, c]. If not, they are class numbers [n]. */
  readonly probabilities: boolean;
  readonly reduction: LossReduction;
}

export interface NormalizationAttributes {
  readonly epsilon: number;
}

export interface TransposeAttributes {
  /** The extents of the output. */
  readonly extents: Shape;
  /** For each axis of the output: how many elements of the input one step along it takes. */
  readonly strides: Shape;
}

/** The part that `slice` cuts out of a tensor. Both have four axes. */
export interface SliceAttributes {
  /** The extents of the whole tensor, the positions where the part begins, and the part's extents. */
  readonly whole: readonly [number, number, number, number];
  readonly starts: readonly [number, number, number, number];
  readonly extents: readonly [number, number, number, number];
}

export interface ConcatAttributes {
  /** The product of the extents before the concatenated axis. */
  readonly rows: number;
}

/** The settings of one step of SGD. The numbers are float32 values. */
export interface SgdSettings {
  readonly momentum: number;
  readonly nesterov: boolean;
  readonly weightDecay: number;
}

/** The settings of one step of Adam. The numbers are float32 values. */
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

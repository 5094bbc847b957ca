import type {
  AdagradSettings,
  AdamSettings,
  ArgMaxAttributes,
  AveragePool2dAttributes,
  BatchGradientAttributes,
  BinaryAttributes,
  BinaryBackwardAttributes,
  ClipScaleAttributes,
  ConcatAttributes,
  Conv2dAttributes,
  CropAndResizeAttributes,
  DropoutMask,
  GatherAttributes,
  GlobalMaxPool2dBackwardAttributes,
  GlobalPool2dAttributes,
  GroupNormalizationAttributes,
  MatmulAttributes,
  MaxPool2dBackwardAttributes,
  NormalizationAttributes,
  OneHotAttributes,
  Pad2dAttributes,
  PointwiseLossAttributes,
  ReduceAttributes,
  Resample2dAttributes,
  RmspropSettings,
  SgdSettings,
  SliceAttributes,
  SoftmaxAttributes,
  SoftmaxCrossEntropyAttributes,
  TransposeAttributes,
  UnaryAttributes,
} from "./attributes.js";
import type { Conv2dGeometry, WindowGeometry } from "./geometry.js";

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
  globalMaxPool2d: Kernel<GlobalPool2dAttributes, { x: Memory }, { y: Memory }>;
  globalMaxPool2dBackward: Kernel<GlobalMaxPool2dBackwardAttributes, { x: Memory; dy: Memory }, { dx: Memory }>;
  pad2d: Kernel<Pad2dAttributes, { x: Memory }, { y: Memory }>;
  pad2dBackward: Kernel<Omit<Pad2dAttributes, "value">, { dy: Memory }, { dx: Memory }>;
  resample2d: Kernel<Resample2dAttributes, { x: Memory }, { y: Memory }>;
  resample2dBackward: Kernel<Resample2dAttributes, { dy: Memory }, { dx: Memory }>;
  /** If the index of a box names no image, its output is NaN. */
  cropAndResize: Kernel<CropAndResizeAttributes, { images: Memory; boxes: Memory; boxIndices: Memory }, { y: Memory }>;
  cropAndResizeBackward: Kernel<
    CropAndResizeAttributes,
    { dy: Memory; boxes: Memory; boxIndices: Memory },
    { dimages: Memory }
  >;

  // Elementwise

  /** y = f(x), f by its name. */
  unary: Kernel<UnaryAttributes, { x: Memory }, { y: Memory }>;
  /** dx = f′ · dy. `value` is f's input or its output: f′ is computed from it. */
  unaryBackward: Kernel<UnaryAttributes, { value: Memory; dy: Memory }, { dx: Memory }>;
  /** y = f(a, b), both stretched to `shape`. */
  binary: Kernel<BinaryAttributes, { a: Memory; b: Memory }, { y: Memory }>;
  /** The gradient of one operand before it is summed to that operand's shape. */
  binaryBackward: Kernel<BinaryBackwardAttributes, { a: Memory; b: Memory; dy: Memory }, { dx: Memory }>;
  dropout: Kernel<DropoutMask, { x: Memory; step: Memory; replica: Memory }, { y: Memory }>;

  // Reductions, softmax, losses

  reduceSum: Kernel<ReduceAttributes, { x: Memory }, { y: Memory }>;
  reduceSumBackward: Kernel<ReduceAttributes, { dy: Memory }, { dx: Memory }>;
  reduceMean: Kernel<ReduceAttributes, { x: Memory }, { y: Memory }>;
  reduceMeanBackward: Kernel<ReduceAttributes, { dy: Memory }, { dx: Memory }>;
  reduceMax: Kernel<ReduceAttributes, { x: Memory }, { y: Memory }>;
  reduceMaxBackward: Kernel<ReduceAttributes, { x: Memory; dy: Memory }, { dx: Memory }>;
  reduceMin: Kernel<ReduceAttributes, { x: Memory }, { y: Memory }>;
  reduceMinBackward: Kernel<ReduceAttributes, { x: Memory; dy: Memory }, { dx: Memory }>;
  /** The first of equal maxima, and the first NaN if there is one. */
  argMax: Kernel<ArgMaxAttributes, { x: Memory }, { y: Memory }>;
  softmax: Kernel<SoftmaxAttributes, { x: Memory }, { y: Memory }>;
  softmaxBackward: Kernel<SoftmaxAttributes, { y: Memory; dy: Memory }, { dx: Memory }>;
  logSoftmax: Kernel<SoftmaxAttributes, { x: Memory }, { y: Memory }>;
  logSoftmaxBackward: Kernel<SoftmaxAttributes, { y: Memory; dy: Memory }, { dx: Memory }>;
  softmaxCrossEntropy: Kernel<
    SoftmaxCrossEntropyAttributes,
    { logits: Memory; labels: Memory; classWeights?: Memory | undefined },
    { loss: Memory }
  >;
  softmaxCrossEntropyBackward: Kernel<
    SoftmaxCrossEntropyAttributes,
    { logits: Memory; labels: Memory; dy: Memory; classWeights?: Memory | undefined },
    { dlogits: Memory }
  >;
  /** The losses of all elements by one formula, or their sum or mean. */
  pointwiseLoss: Kernel<PointwiseLossAttributes, { predictions: Memory; targets: Memory }, { loss: Memory }>;
  pointwiseLossBackward: Kernel<
    PointwiseLossAttributes,
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
    { y: Memory; mean: Memory; variance: Memory; deviation: Memory }
  >;
  batchNormalizationTrainingBackward: Kernel<
    BatchGradientAttributes,
    { x: Memory; mean: Memory; spread: Memory; dy: Memory; scale?: Memory | undefined },
    { dx: Memory; dscale: Memory; dbias: Memory }
  >;

  groupNormalization: Kernel<
    GroupNormalizationAttributes,
    { x: Memory; scale?: Memory | undefined; bias?: Memory | undefined },
    { y: Memory }
  >;
  groupNormalizationBackward: Kernel<
    GroupNormalizationAttributes,
    { x: Memory; dy: Memory; scale?: Memory | undefined },
    { dx: Memory; dscale: Memory; dbias: Memory }
  >;

  // Moving values

  transpose: Kernel<TransposeAttributes, { x: Memory }, { y: Memory }>;
  slice: Kernel<SliceAttributes, { x: Memory }, { y: Memory }>;
  sliceBackward: Kernel<SliceAttributes, { dy: Memory }, { dx: Memory }>;
  /** Negative indices count from the end. Indices that name no row give zeros. */
  gather: Kernel<GatherAttributes, { x: Memory; indices: Memory }, { y: Memory }>;
  gatherBackward: Kernel<GatherAttributes, { indices: Memory; dy: Memory }, { dx: Memory }>;
  oneHot: Kernel<OneHotAttributes, { indices: Memory }, { y: Memory }>;
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
  rmspropUpdate: Kernel<
    RmspropSettings,
    {
      w: Memory;
      dw: Memory;
      v: Memory;
      velocity?: Memory | undefined;
      m?: Memory | undefined;
      hyper: Memory;
    },
    { w: Memory; v: Memory; velocity?: Memory | undefined; m?: Memory | undefined }
  >;
  adagradUpdate: Kernel<
    AdagradSettings,
    { w: Memory; dw: Memory; accumulator: Memory; hyper: Memory },
    { w: Memory; accumulator: Memory }
  >;
  clipScale: Kernel<ClipScaleAttributes, { sumOfSquares: Memory }, { y: Memory }>;
}

/** One operator on a CPU runtime. */
export type Kernel<Attributes, Inputs, Outputs> = (
  attributes: Attributes,
  inputs: Readonly<Inputs>,
  outputs: Readonly<Outputs>,
) => void;

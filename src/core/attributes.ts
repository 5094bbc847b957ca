import type { Conv2dGeometry, Pad2dGeometry, WindowGeometry } from "./geometry.js";
import type { Shape } from "./shape.js";

// The attributes of the operators: the numbers and flags that a kernel gets besides its tensors.

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

/** Products of m × k matrices and k × n matrices. Each factor may be stored transposed. */
export interface MatmulAttributes {
  /**
   * The axes of y before its matrices, and the axes of a and b, which are stretched to them. All are empty for a single
   * product.
   */
  readonly batchShape: Shape;
  readonly aBatch: Shape;
  readonly bBatch: Shape;
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

/** x and dx [n, pixels, c], dy [n, c]. */
export interface GlobalMaxPool2dBackwardAttributes extends GlobalPool2dAttributes {
  readonly ties: "first" | "all";
}

/** The values beside an image: a constant, a mirror image without or with the edge, or the edge repeated. */
export type PadMode = "constant" | "reflection" | "symmetric" | "edge";

export interface Pad2dAttributes {
  readonly geometry: Pad2dGeometry;
  readonly mode: PadMode;
  readonly value: number;
}

export interface Resample2dAttributes {
  readonly geometry: ResampleGeometry;
  /** Whether an output mixes the pixels around its point. If not, it shows the nearest one. */
  readonly linear: boolean;
  readonly height: ResampleAxis;
  readonly width: ResampleAxis;
}

/**
 * The pixel of the input that each output of an axis shows: ⌊(output · step + first) / whole⌋, in integers below 2³².
 * If linear, this is one more than the first of two pixels. The remainder of the division, divided by `whole`, is the
 * position of the point between them. Points before the first pixel show the first one, and points beyond the last
 * pixel show the last one.
 */
export interface ResampleAxis {
  readonly step: number;
  readonly first: number;
  readonly whole: number;
}

/** Extents of the input (h, w) and the output (p, q). A type, because the launcher takes it as `Params` values. */
export type ResampleGeometry = {
  readonly n: number;
  readonly h: number;
  readonly w: number;
  readonly c: number;
  readonly p: number;
  readonly q: number;
};

/** Images, boxes [boxes, 4], and outputs of p × q pixels. A type, because the launcher takes its numbers as `Params`. */
export type CropAndResizeAttributes = {
  readonly n: number;
  readonly h: number;
  readonly w: number;
  readonly c: number;
  readonly boxes: number;
  readonly p: number;
  readonly q: number;
  /** Whether an output shows the nearest pixel. If not, it mixes the pixels around its point. */
  readonly nearest: boolean;
  /** The value of an output whose point lies outside the image. */
  readonly value: number;
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

/** x [outer, length, inner], y [outer, inner]. */
export interface ArgMaxAttributes {
  readonly length: number;
  readonly inner: number;
}

export interface SoftmaxAttributes {
  /** The extent of the last axis. */
  readonly c: number;
}

/** What a loss gives: the mean of all elements or examples, their sum, or each of them. */
export type LossReduction = "mean" | "sum" | "none";

export interface PointwiseLossAttributes {
  /** The operator's name, such as "huber". */
  readonly name: string;
  /** Its options as numbers, such as `{ delta: 1 }`, rounded to float32. */
  readonly numbers: Readonly<Record<string, number>>;
  readonly reduction: LossReduction;
}

export interface SoftmaxCrossEntropyAttributes {
  readonly n: number;
  readonly c: number;
  /** Whether the labels are probabilities [n, c]. If not, they are class numbers [n]. */
  readonly probabilities: boolean;
  readonly reduction: LossReduction;
  readonly labelSmoothing: number;
}

export interface NormalizationAttributes {
  readonly epsilon: number;
}

export interface BatchGradientAttributes extends NormalizationAttributes {
  /** Whether the spread is √(variance + epsilon); else it is the variance. */
  readonly hasDeviation: boolean;
}

/** x is [n, pixels, groups, channels of a group]. */
export interface GroupNormalizationAttributes {
  readonly n: number;
  readonly pixels: number;
  readonly c: number;
  readonly groups: number;
  readonly epsilon: number;
}

export interface TransposeAttributes {
  /** The extents of the output. */
  readonly extents: Shape;
  /** For each axis of the output, the stride in the input, in elements. */
  readonly strides: Shape;
}

/** One number for each of the six axes that a slice is brought to. */
export type SixAxes = readonly [number, number, number, number, number, number];

/** The part that `slice` cuts out of a tensor. Both have six axes. */
export interface SliceAttributes {
  /** The extents of the whole tensor, the positions where the part begins, and the part's extents. */
  readonly whole: SixAxes;
  readonly starts: SixAxes;
  readonly extents: SixAxes;
}

/** x [outer, rows, inner], indices [count], y [outer, count, inner]. */
export interface GatherAttributes {
  readonly outer: number;
  readonly rows: number;
  readonly count: number;
  readonly inner: number;
}

export interface OneHotAttributes {
  /** The number of classes. */
  readonly depth: number;
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

/** The settings of one step of RMSprop. The numbers are float32 values. */
export interface RmspropSettings {
  readonly rho: number;
  readonly momentum: number;
  readonly epsilon: number;
  readonly centered: boolean;
  readonly weightDecay: number;
  readonly decoupled: boolean;
}

/** The settings of one step of Adagrad. The numbers are float32 values. */
export interface AdagradSettings {
  readonly epsilon: number;
  readonly weightDecay: number;
  readonly decoupled: boolean;
}

export interface ClipScaleAttributes {
  readonly clipNorm: number;
}

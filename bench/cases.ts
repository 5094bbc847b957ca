import {
  ALL_PASSES,
  convolution,
  LARGE_CASE,
  large,
  MIDDLE_CASE,
  POOL_CASES,
  POOLED,
  REFERENCE_CASES,
  SMALL_CASE,
} from "./mainCases.js";
import { OPERATOR_CALLS, type OperatorCall } from "./operators.js";
import type { ConvolutionOptions, PadOptions, PoolOptions, Shape4 } from "./tasks.js";

/** The operators that a case measures. */
export type ConvolutionPass = "forward" | "dx" | "dw" | "db";
export type PoolPass = "forward" | "gradient";

interface Named {
  /** In ASCII, because users type it: `--cases` matches "NAME PASS". */
  readonly name: string;
  /** Whether `--quick` runs it. */
  readonly quick?: true;
}

export interface ConvolutionCase extends Named {
  readonly kind: "convolution";
  /** [N, H, W, C] */
  readonly x: Shape4;
  /** [R, S, C / groups, K] */
  readonly w: Shape4;
  readonly options: ConvolutionOptions;
  readonly passes: readonly ConvolutionPass[];
}

export interface PoolCase extends Named {
  readonly kind: "max" | "average";
  readonly x: Shape4;
  readonly options: PoolOptions;
}

export interface PadCase extends Named {
  readonly kind: "pad";
  readonly x: Shape4;
  readonly options: PadOptions;
}

export interface TransposeCase extends Named {
  readonly kind: "transpose";
  readonly x: Shape4;
  readonly permutation: Shape4;
}

export interface OperatorCase extends Named {
  readonly kind: "operator";
  readonly operator: OperatorCall;
}

export type Case = ConvolutionCase | PoolCase | PadCase | TransposeCase | OperatorCase;

/** Cases that the table shows together. */
export interface CaseGroup {
  readonly title: string;
  readonly cases: readonly Case[];
  /** Whether a software adapter skips it, unless `--large` is given. */
  readonly large?: true;
}

const LARGE_POOLED: Shape4 = [64, 112, 112, 64];

function largePool(kind: PoolCase["kind"], name: string, options: PoolOptions, x = LARGE_POOLED): PoolCase {
  return { kind, name: `large ${name}`, x, options, quick: true };
}

function largeTranspose(name: string, x: Shape4, permutation: Shape4): TransposeCase {
  return { kind: "transpose", name: `large transpose ${name}`, x, permutation, quick: true };
}

/**
 * The cases, in the order of the table. Sizes are those of training. Batches keep a run on a software adapter (a few GFLOP/s) below about
 * a second. The last group has the batches of training on a GPU.
 */
export const CASES: readonly CaseGroup[] = [
  {
    title: "the reference cases",
    cases: REFERENCE_CASES,
  },
  {
    title: "LeNet-5",
    cases: [
      convolution("lenet5 conv1", [64, 32, 32, 1], [5, 5, 1, 6]),
      convolution("lenet5 conv2", [64, 14, 14, 6], [5, 5, 6, 16]),
      convolution("lenet5 conv3", [64, 5, 5, 16], [5, 5, 16, 120]),
    ],
  },
  {
    title: "ResNet-18",
    cases: [
      convolution("resnet18 stem", [2, 224, 224, 3], [7, 7, 3, 64], { strides: 2, padding: 3 }),
      convolution("resnet18 56x56x64", [2, 56, 56, 64], [3, 3, 64, 64], { padding: 1 }),
      convolution("resnet18 28x28x128", [2, 28, 28, 128], [3, 3, 128, 128], { padding: 1 }),
      convolution("resnet18 14x14x256", [2, 14, 14, 256], [3, 3, 256, 256], { padding: 1 }),
      convolution("resnet18 7x7x512", [2, 7, 7, 512], [3, 3, 512, 512], { padding: 1 }),
      convolution("resnet18 3x3 s2", [4, 56, 56, 64], [3, 3, 64, 128], { strides: 2, padding: 1 }),
      convolution("resnet18 shortcut", [4, 56, 56, 64], [1, 1, 64, 128], { strides: 2 }),
    ],
  },
  {
    title: "MobileNetV2",
    cases: [
      convolution("mobilenetv2 expand", [8, 28, 28, 32], [1, 1, 32, 192]),
      convolution("mobilenetv2 depthwise", [8, 28, 28, 192], [3, 3, 1, 192], { padding: 1, groups: 192 }),
      convolution("mobilenetv2 depthwise s2", [8, 56, 56, 144], [3, 3, 1, 144], {
        strides: 2,
        padding: 1,
        groups: 144,
      }),
      convolution("mobilenetv2 project", [8, 28, 28, 192], [1, 1, 192, 32]),
    ],
  },
  {
    title: "U-Net",
    cases: [
      convolution("unet 128x128x32", [1, 128, 128, 32], [3, 3, 32, 32], { padding: 1 }),
      convolution("unet 64x64x64", [1, 64, 64, 64], [3, 3, 64, 64], { padding: 1 }),
      convolution("unet 2x2 s2", [1, 128, 128, 32], [2, 2, 32, 64], { strides: 2 }),
    ],
  },
  {
    title: "small and unusual",
    cases: [
      SMALL_CASE,
      MIDDLE_CASE,
      convolution("small 32x32x16", [32, 32, 32, 16], [3, 3, 16, 16], { padding: 1 }),
      convolution("small odd", [2, 15, 15, 5], [3, 3, 5, 7], { padding: 1 }),
      convolution("dilated", [2, 28, 28, 32], [3, 3, 32, 32], { padding: 2, dilations: 2 }),
      convolution("grouped", [2, 28, 28, 64], [3, 3, 16, 64], { padding: 1, groups: 4 }),
    ],
  },
  {
    title: "pools",
    cases: [
      ...POOL_CASES.filter(({ kind }) => kind === "max"),
      { kind: "max", name: "max 3x3", x: POOLED, options: { windowDimensions: 3, strides: 2 }, quick: true },
      {
        kind: "max",
        name: "max 3x3 p1",
        x: POOLED,
        options: { windowDimensions: 3, strides: 2, padding: 1 },
        quick: true,
      },
      ...POOL_CASES.filter(({ kind }) => kind === "average"),
      { kind: "average", name: "average 3x3", x: POOLED, options: { windowDimensions: 3, strides: 1 }, quick: true },
      {
        kind: "average",
        name: "average 3x3 p1",
        x: POOLED,
        options: { windowDimensions: 3, strides: 1, padding: 1 },
        quick: true,
      },
      { kind: "max", name: "small max 2x2", x: [64, 24, 24, 8], options: { windowDimensions: 2, strides: 2 } },
      { kind: "max", name: "small max 3x3", x: [4, 33, 33, 3], options: { windowDimensions: 3, strides: 2 } },
      { kind: "average", name: "lenet5 average 2x2", x: [64, 28, 28, 6], options: { windowDimensions: 2, strides: 2 } },
      { kind: "average", name: "resnet18 average 7x7", x: [8, 7, 7, 512], options: { windowDimensions: 7 } },
    ],
  },
  {
    title: "padding and axes",
    cases: [
      { kind: "pad", name: "pad", x: POOLED, options: { padding: 1 } },
      { kind: "pad", name: "pad digits", x: [64, 28, 28, 1], options: { padding: 2 } },
      { kind: "pad", name: "pad reflection", x: POOLED, options: { padding: 1, mode: "reflection" } },
      { kind: "transpose", name: "transpose nhwc to nchw", x: POOLED, permutation: [0, 3, 1, 2] },
      { kind: "transpose", name: "transpose nchw to nhwc", x: [8, 64, 56, 56], permutation: [0, 2, 3, 1] },
      { kind: "transpose", name: "transpose hwio to oihw", x: [3, 3, 256, 256], permutation: [3, 2, 0, 1] },
    ],
  },
  {
    title: "other operators",
    cases: OPERATOR_CALLS.map((operator) => ({ kind: "operator", name: operator.name, operator })),
  },
  {
    title: "sizes that fill a card",
    large: true,
    cases: [
      LARGE_CASE,
      large("resnet 28x28x128", [64, 28, 28, 128], [3, 3, 128, 128], { padding: 1 }),
      large("resnet 14x14x256", [64, 14, 14, 256], [3, 3, 256, 256], { padding: 1 }),
      large("resnet 7x7x512", [64, 7, 7, 512], [3, 3, 512, 512], { padding: 1 }),
      large("resnet 3x3 s2", [64, 56, 56, 64], [3, 3, 64, 128], { strides: 2, padding: 1 }),
      large("resnet stem", [64, 224, 224, 3], [7, 7, 3, 64], { strides: 2, padding: 3 }),
      large("1x1 28x28x256", [64, 28, 28, 256], [1, 1, 256, 256]),
      large("1x1 14x14x1024", [64, 14, 14, 1024], [1, 1, 1024, 256]),
      large("expand", [64, 56, 56, 24], [1, 1, 24, 144], {}, ALL_PASSES),
      large("depthwise", [64, 56, 56, 144], [3, 3, 1, 144], { padding: 1, groups: 144 }),
      large("depthwise s2", [64, 56, 56, 144], [3, 3, 1, 144], { strides: 2, padding: 1, groups: 144 }),
      large("unet 256x256x64", [8, 256, 256, 64], [3, 3, 64, 64], { padding: 1 }),
      large("E", [1024, 28, 28, 1], [5, 5, 1, 8], { padding: 2 }),
      largePool("max", "max 2x2", { windowDimensions: 2, strides: 2 }),
      largePool("max", "max 3x3 p1", { windowDimensions: 3, strides: 2, padding: 1 }),
      largePool("average", "average 2x2", { windowDimensions: 2, strides: 2 }),
      largePool("average", "average 3x3 p1", { windowDimensions: 3, strides: 1, padding: 1 }),
      largePool("average", "average 7x7", { windowDimensions: 7 }, [256, 7, 7, 2048]),
      { kind: "pad", name: "large pad", x: LARGE_POOLED, options: { padding: 1 }, quick: true },
      largeTranspose("nhwc to nchw", LARGE_POOLED, [0, 3, 1, 2]),
      largeTranspose("nchw to nhwc", [64, 64, 112, 112], [0, 2, 3, 1]),
      largeTranspose("hwio to oihw", [3, 3, 512, 512], [3, 2, 0, 1]),
    ],
  },
];

import {
  argMax,
  averagePool2d,
  averagePool2dBackward,
  batchNormalization,
  batchNormalizationBackward,
  batchNormalizationTraining,
  batchNormalizationTrainingBackward,
  concat,
  conv2d,
  conv2dBackward,
  convTranspose2d,
  convTranspose2dBackward,
  cropAndResize,
  cropAndResizeBackward,
  depthToSpace,
  dropout,
  gather,
  gatherBackward,
  globalAveragePool2d,
  globalAveragePool2dBackward,
  globalMaxPool2d,
  globalMaxPool2dBackward,
  groupNormalization,
  groupNormalizationBackward,
  huber,
  huberBackward,
  layerNormalization,
  layerNormalizationBackward,
  logSoftmax,
  logSoftmaxBackward,
  matmul,
  matmulBackward,
  maxPool2d,
  maxPool2dBackward,
  oneHot,
  pad2d,
  pad2dBackward,
  reduceMax,
  reduceMaxBackward,
  reduceMean,
  reduceSum,
  resample2d,
  resample2dBackward,
  type Shape,
  slice,
  softmax,
  softmaxBackward,
  softmaxCrossEntropy,
  softmaxCrossEntropyBackward,
  spaceToDepth,
  type Tensor,
  transpose,
} from "webgpu-cnn";
import { BINARY_OPERATORS, UNARY_CASES } from "../support/elementwise.js";
import { ALL_OPERATORS } from "../support/operators.js";
import { ALL_INPUTS, type Inputs, integers, USUAL_AND_SPECIAL } from "./inputs.js";

/** A computation whose bits must be the same everywhere. */
export interface Case {
  readonly name: string;
  /** The shapes of its inputs by name. */
  readonly shapes: Readonly<Record<string, Shape>>;
  /** It is computed once for each of these. */
  readonly inputs: readonly Inputs[];
  /** Gives tensors, or objects or arrays of tensors. */
  compute(input: (name: string) => Tensor): unknown;
}

function shaped<Name extends string>(
  name: string,
  shapes: Readonly<Record<Name, Shape>>,
  compute: (input: (name: Name) => Tensor) => unknown,
  inputs: readonly Inputs[] = USUAL_AND_SPECIAL,
): Case {
  return { name, shapes, inputs, compute };
}

/** Every operator with a small input of its own. */
const SMALL = ALL_OPERATORS.map(({ name, tensors, options, call }) => shaped(name, tensors, (t) => call(t, options)));

const ELEMENTS = [3, 7, 11, 43];

const ELEMENTWISE = [
  ...UNARY_CASES.map(([name, { forward, backward, gradientFrom }, options]) =>
    shaped(
      `${name} of many elements`,
      { x: ELEMENTS, dy: ELEMENTS },
      (t) => {
        const y = forward(t("x"), options);
        return [y, backward(gradientFrom === "x" ? t("x") : y, t("dy"), options)];
      },
      ALL_INPUTS,
    ),
  ),
  ...BINARY_OPERATORS.map(({ name, forward, backward }) =>
    shaped(
      `${name}, stretched`,
      { a: ELEMENTS, b: [7, 1, 43], dy: ELEMENTS },
      (t) => [forward(t("a"), t("b")), backward(t("a"), t("b"), t("dy"))],
      ALL_INPUTS,
    ),
  ),
  shaped("dropout", { x: ELEMENTS }, (t) => dropout(t("x"), { rate: 0.3, seed: 7, step: 5 })),
];

/** The name, x, w and the options of a convolution. */
const CONVOLUTIONS = [
  ["with many jobs", [8, 40, 40, 16], [3, 3, 16, 24], { padding: "same" }],
  ["of odd extents", [3, 17, 13, 7], [3, 5, 7, 11], { strides: [2, 3], padding: [1, 2, 0, 3] }],
  ["with dilations", [2, 19, 23, 5], [3, 3, 5, 9], { dilations: [2, 3], padding: "same" }],
  ["of 1 × 1", [4, 15, 15, 33], [1, 1, 33, 29], {}],
  ["with groups", [2, 14, 14, 12], [3, 3, 4, 18], { groups: 3 }],
  ["for each channel", [4, 29, 31, 19], [3, 3, 1, 19], { groups: 19, strides: 2, padding: "same" }],
  ["for each channel, without padding", [2, 9, 11, 6], [5, 3, 1, 6], { groups: 6 }],
  ["of one channel", [16, 28, 28, 1], [5, 5, 1, 6], { padding: "same" }],
  ["of few channels, without padding", [2, 9, 11, 2], [3, 3, 2, 5], {}],
  ["with large weights", [2, 7, 7, 256], [3, 3, 256, 96], { padding: "same" }],
] as const;

const TRANSPOSED_CONVOLUTIONS = [
  ["with strides", [3, 9, 11, 14], [4, 4, 5, 14], { strides: 2, padding: 1 }],
  ["with dilations", [3, 9, 11, 14], [4, 4, 5, 14], { strides: [1, 3], dilations: 2 }],
  ["of the same extents", [3, 9, 11, 14], [4, 4, 5, 14], { padding: "same" }],
  ["of single pixels", [3, 1, 1, 20], [2, 3, 5, 20], {}],
  ["to one channel", [2, 3, 5, 32], [1, 1, 1, 32], {}],
] as const;

const PRODUCTS = [
  ...CONVOLUTIONS.map(([name, x, w, options]) =>
    shaped(`conv2d ${name}`, { x, w, bias: [w[3]] }, (t) => {
      const y = conv2d(t("x"), t("w"), { ...options, bias: t("bias"), activation: "relu" });
      return [y, conv2dBackward(t("x"), t("w"), y, options)];
    }),
  ),
  ...TRANSPOSED_CONVOLUTIONS.map(([name, x, w, options]) =>
    shaped(`convTranspose2d ${name}`, { x, w, bias: [w[2]] }, (t) => {
      const y = convTranspose2d(t("x"), t("w"), { ...options, bias: t("bias") });
      return [y, convTranspose2dBackward(t("x"), t("w"), y, options)];
    }),
  ),
  ...(
    [
      [
        [65, 129],
        [129, 67],
      ],
      [
        [1, 1000],
        [1000, 10],
      ],
      [
        [256, 300],
        [300, 200],
      ],
      [
        [5, 40000],
        [40000, 3],
      ],
      [
        [3, 1, 31, 17],
        [2, 17, 13],
      ],
    ] as const
  ).map(([a, b]) =>
    shaped(`matmul of [${a}] and [${b}]`, { a, b }, (t) => {
      const y = matmul(t("a"), t("b"));
      return [y, matmulBackward(t("a"), t("b"), y)];
    }),
  ),
  shaped("matmul, both transposed", { a: [90, 61], b: [47, 90], bias: [47] }, (t) =>
    matmul(t("a"), t("b"), { transposeA: true, transposeB: true, bias: t("bias"), activation: "relu" }),
  ),
];

/** The shape and the options of a pool. */
const POOLS = [
  [[8, 56, 56, 16], { windowDimensions: 2 }],
  [[4, 31, 29, 13], { windowDimensions: 3, strides: 2, padding: 1 }],
  [[2, 23, 19, 6], { windowDimensions: [3, 2], strides: 1, dilations: [2, 3] }],
] as const;

const IMAGES = [
  ...POOLS.flatMap(([shape, options]) => [
    shaped(`maxPool2d of [${shape}]`, { x: shape }, (t) => {
      const y = maxPool2d(t("x"), options);
      const gradients = (["first", "all"] as const).map((ties) => maxPool2dBackward(t("x"), y, { ...options, ties }));
      return [y, gradients];
    }),
    shaped(`averagePool2d of [${shape}]`, { x: shape }, (t) => {
      const y = averagePool2d(t("x"), options);
      return [y, averagePool2dBackward(shape, y, options)];
    }),
  ]),
  shaped("pools of whole images", { x: [3, 27, 25, 35] }, (t) => {
    const [mean, maximum] = [globalAveragePool2d(t("x")), globalMaxPool2d(t("x"))];
    const x = t("x");
    return [mean, maximum, globalAveragePool2dBackward(x.shape, mean), globalMaxPool2dBackward(x, maximum)];
  }),
  ...(["constant", "reflection", "symmetric", "edge"] as const).map((mode) =>
    shaped(`pad2d, ${mode}`, { x: [2, 19, 21, 7] }, (t) => {
      const y = pad2d(t("x"), { padding: [1, 2, 3, 4], mode });
      return [y, pad2dBackward(t("x").shape, y, { padding: [1, 2, 3, 4], mode })];
    }),
  ),
  ...(["halfPixel", "alignCorners", "asymmetric"] as const).flatMap((coordinates) =>
    (["nearest", "linear"] as const).map((mode) =>
      shaped(`resample2d, ${mode}, ${coordinates}`, { x: [2, 13, 19, 7] }, (t) => {
        const options = { sizes: [31, 11], mode, coordinates } as const;
        const y = resample2d(t("x"), options);
        return [y, resample2dBackward(t("x").shape, y, options)];
      }),
    ),
  ),
  shaped("cropAndResize of several images", { x: [3, 13, 17, 5], boxes: [9, 4] }, (t) => {
    const indices = t("x").backend.tensor([0, 1, 2, 0, 1, 2, 0, 1, 2], [9]);
    const y = cropAndResize(t("x"), t("boxes"), indices, { size: [7, 6] });
    return [y, cropAndResizeBackward(t("x").shape, y, t("boxes"), indices, { size: [7, 6] })];
  }),
];

const AXES = [[0], [3], [1, 2], [0, 1, 2], [0, 1, 2, 3]];

const REDUCTIONS = AXES.map((axes) =>
  shaped(`reductions along ${axes}`, { x: [7, 33, 35, 13] }, (t) => {
    const x = t("x");
    const maximum = reduceMax(x, { axes });
    return [
      reduceSum(x, { axes }),
      reduceMean(x, { axes }),
      maximum,
      reduceMaxBackward(x, maximum, { axes }),
      argMax(x, { axis: axes[0] ?? 0 }),
    ];
  }),
);

const ROWS = [
  [130, 1000],
  [37, 3],
  [1, 5, 17],
] as const;

const ALONG_ROWS = [
  ...ROWS.map((x) =>
    shaped(`softmax and logSoftmax of [${x}]`, { x, dy: x }, (t) => {
      const [y, logarithm] = [softmax(t("x")), logSoftmax(t("x"))];
      return [y, logarithm, softmaxBackward(y, t("dy")), logSoftmaxBackward(logarithm, t("dy"))];
    }),
  ),
  shaped("softmaxCrossEntropy with probabilities", { logits: [130, 77], labels: [130, 77], dy: [] }, (t) => [
    softmaxCrossEntropy(t("logits"), t("labels")),
    softmaxCrossEntropyBackward(t("logits"), t("labels"), t("dy")),
  ]),
  shaped("softmaxCrossEntropy with classes", { logits: [130, 77], dy: [130] }, (t) => {
    const labels = t("dy").backend.tensor(
      Float32Array.from({ length: 130 }, (_, i) => (i * 31) % 77),
      [130],
    );
    const options = { reduction: "none", labelSmoothing: 0.1 } as const;
    return [
      softmaxCrossEntropy(t("logits"), labels, options),
      softmaxCrossEntropyBackward(t("logits"), labels, t("dy"), options),
    ];
  }),
  shaped("huber of many elements", { x: [50, 777], targets: [50, 777], dy: [] }, (t) => [
    huber(t("x"), t("targets"), { reduction: "mean", delta: 0.3 }),
    huberBackward(t("x"), t("targets"), t("dy"), { reduction: "mean", delta: 0.3 }),
  ]),
];

const BATCH = [6, 19, 17, 22];

const NORMALIZATIONS = [
  shaped("batchNormalizationTraining", { x: BATCH, dy: BATCH, scale: [22], bias: [22] }, (t) => {
    const options = { scale: t("scale"), bias: t("bias") };
    const { y, mean, variance } = batchNormalizationTraining(t("x"), options);
    return [y, mean, variance, batchNormalizationTrainingBackward(t("x"), mean, variance, t("dy"), options)];
  }),
  shaped("batchNormalization", { x: BATCH, dy: BATCH, mean: [22], variance: [22] }, (t) => [
    batchNormalization(t("x"), t("mean"), t("variance")),
    batchNormalizationBackward(t("x"), t("mean"), t("variance"), t("dy")),
  ]),
  shaped("layerNormalization of long rows", { x: [60, 301], dy: [60, 301] }, (t) => [
    layerNormalization(t("x"), { axes: [1] }),
    layerNormalizationBackward(t("x"), t("dy"), { axes: [1] }),
  ]),
  shaped("groupNormalization of pairs of channels", { x: BATCH, dy: BATCH }, (t) => [
    groupNormalization(t("x"), { groups: 11 }),
    groupNormalizationBackward(t("x"), t("dy"), { groups: 11 }),
  ]),
];

const ARRANGEMENTS = [
  shaped("transpose of many elements", { x: [7, 33, 35, 13] }, (t) =>
    [
      [3, 2, 1, 0],
      [0, 3, 1, 2],
      [0, 2, 3, 1],
      [2, 0, 1, 3],
    ].map((permutation) => transpose(t("x"), { permutation })),
  ),
  shaped("concat and slice", { a: [3, 17, 19, 5], b: [3, 17, 19, 14] }, (t) => {
    const y = concat([t("a"), t("b"), t("a")], 3);
    return [y, slice(y, [1, 3, 0, 2], [2, 11, 19, 17])];
  }),
  shaped("depthToSpace and spaceToDepth", { x: [2, 12, 18, 36] }, (t) =>
    (["DCR", "CRD"] as const).flatMap((mode) => [
      depthToSpace(t("x"), { blockSize: 3, mode }),
      spaceToDepth(t("x"), { blockSize: 6, mode }),
    ]),
  ),
  shaped(
    "gather and oneHot",
    { x: [41, 29], indices: [130] },
    (t) => {
      const y = gather(t("x"), t("indices"));
      return [y, gatherBackward(t("x").shape, t("indices"), y), oneHot(t("indices"), { depth: 41 })];
    },
    integers(41),
  ),
];

export const CASES: readonly Case[] = [
  ...SMALL,
  ...ELEMENTWISE,
  ...PRODUCTS,
  ...IMAGES,
  ...REDUCTIONS,
  ...ALONG_ROWS,
  ...NORMALIZATIONS,
  ...ARRANGEMENTS,
];

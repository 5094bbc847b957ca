import { test } from "vitest";
import {
  argMax,
  concat,
  concatBackward,
  convTranspose2d,
  convTranspose2dBackward,
  crop,
  cropAndResize,
  cropAndResizeBackward,
  cropBackward,
  depthToSpace,
  gather,
  gatherBackward,
  globalAveragePool2d,
  globalAveragePool2dBackward,
  matmul,
  matmulBackward,
  OptionError,
  oneHot,
  reduceMaxBackward,
  reduceMinBackward,
  resample2d,
  resample2dBackward,
  ShapeError,
  slice,
  sliceBackward,
  spaceToDepth,
} from "webgpu-cnn";
import { describeOnEachBackend } from "../support/backends.js";
import { expectRefusal, type Refusal, wrong, zerosOn } from "../support/refusals.js";

describeOnEachBackend("matrices of wrong shapes are refused", (backend) => {
  const zeros = zerosOn(backend);

  test.each<Refusal>([
    ["matmul: b has 5 rows, expected 4, the columns of a (a [3, 4], b [5, 6])", () => matmul(zeros(3, 4), zeros(5, 6))],
    [
      "matmul: b has 6 rows, expected 3, the columns of a (a [3, 4] transposed, b [5, 6] transposed)",
      () => matmul(zeros(3, 4), zeros(5, 6), { transposeA: true, transposeB: true }),
    ],
    [
      "matmul: axis -3 of b has the extent 3, expected 2 as in a, or 1 (a [2, 3, 4], b [3, 4, 6]); use reshape to add axes of extent 1",
      () => matmul(zeros(2, 3, 4), zeros(3, 4, 6)),
    ],
    [
      "matmul: more than 4 runs of axes are stretched in turn (a [2, 1, 2, 1, 2, 3, 4], b [1, 2, 1, 2, 1, 4, 6]); join axes with transpose and reshape",
      () => matmul(zeros(2, 1, 2, 1, 2, 3, 4), zeros(1, 2, 1, 2, 1, 4, 6)),
    ],
    [
      "matmulBackward: dy is [3, 6], expected the forward's output [2, 3, 6] (a [2, 3, 4], b [4, 6])",
      () => matmulBackward(zeros(2, 3, 4), zeros(4, 6), zeros(3, 6)),
    ],
    [
      "matmul: b has rank 0, expected at least 2 (a matrix), got []; use reshape to add axes",
      () => matmul(zeros(3, 4), zeros()),
    ],
    [
      "matmul: bias is [3], expected one value for each column, [6] (a [3, 4], b [4, 6])",
      () => matmul(zeros(3, 4), zeros(4, 6), { bias: zeros(3) }),
    ],
    [
      "matmulBackward: dy is [6, 3], expected the forward's output [3, 6] (a [3, 4], b [4, 6])",
      () => matmulBackward(zeros(3, 4), zeros(4, 6), zeros(6, 3)),
    ],
  ])("%s", (message, call) => expectRefusal(backend(), ShapeError, message, call));

  test.each<Refusal>([
    [
      "matmul: transposeA is 1, expected true or false",
      () => matmul(zeros(3, 4), zeros(4, 6), { transposeA: wrong(1) }),
    ],
    [
      "matmul: unknown option transpose; did you mean transposeA?",
      () => matmul(zeros(3, 4), zeros(4, 6), wrong({ transpose: true })),
    ],
    [
      'matmul: activation is "tanh", expected "none" or "relu"',
      () => matmul(zeros(3, 4), zeros(4, 6), { activation: wrong("tanh") }),
    ],
    [
      'matmulBackward: activation is "relu", expected "none": its gradient needs the forward\'s output; apply it to dy first',
      () => matmulBackward(zeros(3, 4), zeros(4, 6), zeros(3, 6), { activation: "relu" }),
    ],
  ])("%s", (message, call) => expectRefusal(backend(), OptionError, message, call));
});

describeOnEachBackend("transposed convolutions of wrong shapes are refused", (backend) => {
  const zeros = zerosOn(backend);

  test.each<Refusal>([
    [
      "convTranspose2d: w has 4 input channels, expected those of x, 8 (x [1, 5, 5, 8] nhwc, w [3, 3, 8, 4] hwoi)",
      () => convTranspose2d(zeros(1, 5, 5, 8), zeros(3, 3, 8, 4)),
    ],
    [
      "convTranspose2d: x has 8 channels, expected a multiple of groups = 3 (x [1, 8, 5, 5] nchw, w [8, 2, 3, 3] iohw)",
      () =>
        convTranspose2d(zeros(1, 8, 5, 5), zeros(8, 2, 3, 3), {
          groups: 3,
          inputLayout: "nchw",
          filterLayout: "iohw",
        }),
    ],
    [
      "convTranspose2d: w has rank 2, expected 4 (hwoi), got [8, 4]; use reshape to add axes of extent 1",
      () => convTranspose2d(zeros(1, 5, 5, 4), zeros(8, 4)),
    ],
    [
      "convTranspose2d: bias is [4], expected one value for each output channel, [8] (w [3, 3, 4, 8] hwoi, groups 2)",
      () => convTranspose2d(zeros(1, 5, 5, 8), zeros(3, 3, 4, 8), { groups: 2, bias: zeros(4) }),
    ],
    [
      "convTranspose2d: the output's height (1 − 1) · 2 + 3 − 4 + 0 = -1, expected at least 1; use less padding",
      () => convTranspose2d(zeros(1, 1, 1, 1), zeros(3, 3, 1, 1), { strides: 2, padding: 2 }),
    ],
    [
      "convTranspose2d: outputSizes has the width 13, expected 11 to 12, from which a window of 3 with stride 2 makes the input's 5; leave it out, or change the padding",
      () => convTranspose2d(zeros(1, 5, 5, 1), zeros(3, 3, 1, 1), { strides: 2, outputSizes: [11, 13] }),
    ],
    [
      "convTranspose2d: outputSizes has the height 6, expected 7, from which a window of 3 with stride 1 makes the input's 5; leave it out, or change the padding",
      () => convTranspose2d(zeros(1, 5, 5, 1), zeros(3, 3, 1, 1), { outputSizes: 6 }),
    ],
    [
      "convTranspose2dBackward: dy is [1, 5, 5, 1], expected the forward's output [1, 7, 7, 1] nhwc",
      () => convTranspose2dBackward(zeros(1, 5, 5, 1), zeros(3, 3, 1, 1), zeros(1, 5, 5, 1)),
    ],
  ])("%s", (message, call) => expectRefusal(backend(), ShapeError, message, call));

  test.each<Refusal>([
    [
      "convTranspose2d: outputPadding is [2, 1], expected less than the strides, [2, 2]; use larger strides, or pad2d",
      () => convTranspose2d(zeros(1, 5, 5, 1), zeros(3, 3, 1, 1), { strides: 2, outputPadding: [2, 1] }),
    ],
    [
      'convTranspose2d: outputPadding is [1, 1], expected none with padding "same", whose output has the input\'s extents times the strides; use outputSizes',
      () => convTranspose2d(zeros(1, 5, 5, 1), zeros(3, 3, 1, 1), { strides: 2, padding: "same", outputPadding: 1 }),
    ],
    [
      "convTranspose2d: outputSizes is null, expected one integer ≥ 1 or [height, width]",
      () => convTranspose2d(zeros(1, 5, 5, 1), zeros(3, 3, 1, 1), { outputSizes: wrong(null) }),
    ],
    [
      'convTranspose2d: filterLayout is "oihw", expected "hwoi" or "iohw" or "ohwi" or "hwio"; did you mean "iohw"?',
      () => convTranspose2d(zeros(1, 5, 5, 1), zeros(3, 3, 1, 1), { filterLayout: wrong("oihw") }),
    ],
    [
      "convTranspose2d: unknown option outputPaddings; did you mean outputPadding?",
      () => convTranspose2d(zeros(1, 5, 5, 1), zeros(3, 3, 1, 1), wrong({ outputPaddings: 1 })),
    ],
    [
      'convTranspose2dBackward: activation is "relu", expected "none": its gradient needs the forward\'s output; apply it to dy first',
      () => convTranspose2dBackward(zeros(1, 5, 5, 1), zeros(3, 3, 1, 1), zeros(1, 7, 7, 1), { activation: "relu" }),
    ],
  ])("%s", (message, call) => expectRefusal(backend(), OptionError, message, call));
});

describeOnEachBackend("wrong rows and positions are refused", (backend) => {
  const zeros = zerosOn(backend);

  test.each<Refusal>([
    [
      "gather: axis is 2, expected an integer from -2 to 1 (x [4, 5])",
      () => gather(zeros(4, 5), zeros(3), { axis: 2 }),
    ],
    ["gather: axis is 0, expected none: a scalar has no axes; use reshape (x [])", () => gather(zeros(), zeros(3))],
    ["gather: unknown option axes; did you mean axis?", () => gather(zeros(4, 5), zeros(3), wrong({ axes: 0 }))],
    [
      "gatherBackward: axis is -3, expected an integer from -2 to 1 (inputShape [4, 5])",
      () => gatherBackward([4, 5], zeros(3), zeros(3, 5), { axis: -3 }),
    ],
    ["oneHot: depth is required: expected an integer ≥ 1", () => oneHot(zeros(3), wrong({}))],
    ["oneHot: depth is 0, expected an integer ≥ 1", () => oneHot(zeros(3), { depth: 0 })],
    ["oneHot: depth is 16777217, expected an integer of at most 2²⁴", () => oneHot(zeros(3), { depth: 2 ** 24 + 1 })],
    ["argMax: axis is required: expected an integer from -2 to 1 (x [4, 5])", () => argMax(zeros(4, 5), wrong({}))],
    ["argMax: axis is 2, expected an integer from -2 to 1 (x [4, 5])", () => argMax(zeros(4, 5), { axis: 2 })],
    ["argMax: axis is 0, expected none: a scalar has no axes (x [])", () => argMax(zeros(), { axis: 0 })],
    ["argMax: unknown option axes; did you mean axis?", () => argMax(zeros(4, 5), wrong({ axes: [0] }))],
  ])("%s", (message, call) => expectRefusal(backend(), OptionError, message, call));

  test.each<Refusal>([
    [
      "gatherBackward: dy is [4, 5], expected the forward's output [3, 5]",
      () => gatherBackward([4, 5], zeros(3), zeros(4, 5)),
    ],
    [
      "reduceMaxBackward: dy is [5], expected the forward's output [4]",
      () => reduceMaxBackward(zeros(4, 5), zeros(5), { axes: [1] }),
    ],
    [
      "reduceMinBackward: dy is [], expected the forward's output [1, 1]",
      () => reduceMinBackward(zeros(4, 5), zeros(), { keepDimensions: true }),
    ],
  ])("%s", (message, call) => expectRefusal(backend(), ShapeError, message, call));
});

describeOnEachBackend("wrong parts of tensors are refused", (backend) => {
  const zeros = zerosOn(backend);

  test.each<Refusal>([
    [
      "concat: inputs[1] is [2, 3, 5], expected the extents of inputs[0] [2, 3, 4] but for axis 1",
      () => concat([zeros(2, 3, 4), zeros(2, 3, 5)], 1),
    ],
    [
      "concat: inputs[2] is [2, 3], expected the extents of inputs[0] [2, 3, 4] but for axis 2",
      () => concat([zeros(2, 3, 4), zeros(2, 3, 5), zeros(2, 3)], -1),
    ],
    [
      "concatBackward: dy is [2, 6], expected the forward's output [2, 7]",
      () =>
        concatBackward(
          [
            [2, 3],
            [2, 4],
          ],
          zeros(2, 6),
          1,
        ),
    ],
    [
      "concatBackward: shapes[1] has the extent 0, expected positive integers only (shapes[1] [2, 0])",
      () =>
        concatBackward(
          [
            [2, 3],
            [2, 0],
          ],
          zeros(2, 3),
          1,
        ),
    ],
    [
      "slice: along axis 1 the slice ends at 2 + 3, beyond the extent 4 (x [2, 4])",
      () => slice(zeros(2, 4), [0, 2], [2, 3]),
    ],
    [
      "slice: starts [0] and sizes [2, 3] must have an entry for each axis of x [2, 4]",
      () => slice(zeros(2, 4), [0], [2, 3]),
    ],
    [
      "slice: sizes has the extent 0, expected positive integers only (sizes [2, 0])",
      () => slice(zeros(2, 4), [0, 0], [2, 0]),
    ],
    [
      "slice: x [2, 2, 2, 2, 2, 2, 2] is cut along too many axes that are not neighbours (to [1, 1, 1, 1, 1, 1, 1]), expected at most 6 axes after neighbours are joined; slice it twice",
      () => slice(zeros(2, 2, 2, 2, 2, 2, 2), [0, 0, 0, 0, 0, 0, 0], [1, 1, 1, 1, 1, 1, 1]),
    ],
    [
      "sliceBackward: along axis 0 the slice ends at 2 + 1, beyond the extent 2 (inputShape [2, 4])",
      () => sliceBackward([2, 4], zeros(1, 4), [2, 0]),
    ],
  ])("%s", (message, call) => expectRefusal(backend(), ShapeError, message, call));

  test.each<Refusal>([
    ["concat: inputs must be an array of at least one tensor, got []", () => concat([], 0)],
    ["concat: inputs must be an array of at least one tensor, got a Tensor", () => concat(wrong(zeros(2, 3)), 0)],
    ["concat: axis is 2, expected an integer from -2 to 1 (inputs[0] [2, 3])", () => concat([zeros(2, 3)], 2)],
    ["concat: axis is 0.5, expected an integer from -2 to 1 (inputs[0] [2, 3])", () => concat([zeros(2, 3)], 0.5)],
    [
      'concat: axis is "0", expected an integer from -2 to 1 (inputs[0] [2, 3])',
      () => concat([zeros(2, 3)], wrong("0")),
    ],
    [
      "concat: axis is 0, expected none: scalars have no axes; use reshape (inputs[0] [])",
      () => concat([zeros(), zeros()], 0),
    ],
    ["concatBackward: shapes must be an array of at least one shape, got []", () => concatBackward([], zeros(2, 3), 0)],
    ["slice: starts is [-1, 0], expected an integer ≥ 0 for each axis", () => slice(zeros(2, 4), [-1, 0], [1, 1])],
    ["slice: starts is 1, expected an integer ≥ 0 for each axis", () => slice(zeros(2, 4), wrong(1), [1, 1])],
  ])("%s", (message, call) => expectRefusal(backend(), OptionError, message, call));
});

describeOnEachBackend("images of wrong shapes are refused", (backend) => {
  const zeros = zerosOn(backend);
  const nearest = { mode: "nearest" } as const;

  test.each<Refusal>([
    [
      "globalAveragePool2d: x has rank 2, expected 4 (nhwc), got [4, 3]; use reshape to add axes of extent 1",
      () => globalAveragePool2d(zeros(4, 3)),
    ],
    [
      "globalAveragePool2dBackward: dy is [1, 3], expected the forward's output [1, 1, 1, 3] nhwc",
      () => globalAveragePool2dBackward([1, 4, 4, 3], zeros(1, 3)),
    ],
    [
      "resample2d: scales [0.2, 1] give [0, 4] for an input of [4, 4], expected at least one pixel and no more than can be counted; use other scales, or sizes",
      () => resample2d(zeros(1, 4, 4, 1), { ...nearest, scales: [0.2, 1] }),
    ],
    [
      "resample2d: along the width, output and input are 60001 and 60000, a ratio of 60001 / 60000, expected positions below 2³², because the kernels have 32-bit integers; use extents with a simpler ratio",
      () => resample2d(zeros(1, 1, 60_000, 1), { ...nearest, sizes: [1, 60_001] }),
    ],
    [
      "cropAndResize: boxes is [4], expected [B, 4] for B boxes: y1, x1, y2, x2 of each",
      () => cropAndResize(zeros(1, 4, 4, 1), zeros(4), zeros(1), { size: 2 }),
    ],
    [
      "cropAndResize: boxIndices is [2, 1], expected [2]: the number of an image for each of boxes [2, 4]",
      () => cropAndResize(zeros(1, 4, 4, 1), zeros(2, 4), zeros(2, 1), { size: 2 }),
    ],
    [
      "cropAndResizeBackward: dy is [1, 2, 2, 1], expected the forward's output [2, 2, 2, 1] nhwc",
      () => cropAndResizeBackward([1, 4, 4, 1], zeros(1, 2, 2, 1), zeros(2, 4), zeros(2), { size: 2 }),
    ],
    [
      "crop: cropping is [2, 2, 0, 0], expected less than the extents [4, 5], to leave a pixel (x nhwc)",
      () => crop(zeros(1, 4, 5, 1), { cropping: [2, 2, 0, 0] }),
    ],
    [
      "cropBackward: dy is [1, 4, 4, 1], expected the forward's output [1, 2, 2, 1] nhwc",
      () => cropBackward([1, 4, 4, 1], zeros(1, 4, 4, 1), { cropping: 1 }),
    ],
    [
      "depthToSpace: x has 6 channels, expected a multiple of blockSize² = 2² = 4 (x [1, 6, 4, 4] nchw)",
      () => depthToSpace(zeros(1, 6, 4, 4), { blockSize: 2, layout: "nchw" }),
    ],
    [
      "spaceToDepth: x is 4 × 6 pixels, expected multiples of blockSize 4 (x [1, 4, 6, 1] nhwc); use pad2d or crop",
      () => spaceToDepth(zeros(1, 4, 6, 1), { blockSize: 4 }),
    ],
    [
      "resample2dBackward: dy is [1, 4, 4, 1], expected the forward's output [1, 8, 8, 1] nhwc",
      () => resample2dBackward([1, 4, 4, 1], zeros(1, 4, 4, 1), { ...nearest, scales: 2 }),
    ],
  ])("%s", (message, call) => expectRefusal(backend(), ShapeError, message, call));

  test.each<Refusal>([
    [
      "resample2d: sizes is undefined and scales is undefined, expected one of them, such as { scales: 2 }",
      () => resample2d(zeros(1, 4, 4, 1), nearest),
    ],
    [
      "resample2d: sizes is 8 and scales is 2, expected one of them, such as { scales: 2 }",
      () => resample2d(zeros(1, 4, 4, 1), { ...nearest, sizes: 8, scales: 2 }),
    ],
    [
      "resample2d: scales is [2, -1], expected one positive number or [height, width]",
      () => resample2d(zeros(1, 4, 4, 1), { ...nearest, scales: [2, -1] }),
    ],
    [
      'resample2d: mode is "bilinear", expected "nearest-neighbor" or "nearest" or "linear"; did you mean "linear"?',
      () => resample2d(zeros(1, 4, 4, 1), { mode: wrong("bilinear"), scales: 2 }),
    ],
    [
      'resample2d: coordinates is "align_corners", expected "halfPixel" or "alignCorners" or "asymmetric"; did you mean "alignCorners"?',
      () => resample2d(zeros(1, 4, 4, 1), { ...nearest, scales: 2, coordinates: wrong("align_corners") }),
    ],
    [
      'resample2d: mode is required: expected "nearest-neighbor" or "nearest" or "linear"',
      () => resample2d(zeros(1, 4, 4, 1), wrong({ scales: 2 })),
    ],
    [
      "resample2d: sizes is [8, 0], expected one integer ≥ 1 or [height, width]",
      () => resample2d(zeros(1, 4, 4, 1), { ...nearest, sizes: [8, 0] }),
    ],
    [
      "crop: cropping is required: expected one integer ≥ 0 or [beginHeight, endHeight, beginWidth, endWidth]",
      () => crop(zeros(1, 4, 4, 1), wrong({})),
    ],
    [
      'cropAndResize: mode is "linear", expected "bilinear" or "nearest"; did you mean "bilinear"?',
      () => cropAndResize(zeros(1, 4, 4, 1), zeros(2, 4), zeros(2), { size: 2, mode: wrong("linear") }),
    ],
    [
      "cropAndResizeBackward: size is required: expected one integer ≥ 1 or [height, width]",
      () => cropAndResizeBackward([1, 4, 4, 1], zeros(2, 2, 2, 1), zeros(2, 4), zeros(2), wrong({})),
    ],
    [
      "depthToSpace: blockSize is 1.5, expected an integer ≥ 1",
      () => depthToSpace(zeros(1, 4, 4, 4), { blockSize: 1.5 }),
    ],
    [
      'spaceToDepth: mode is "crd", expected "DCR" or "CRD"; did you mean "CRD"?',
      () => spaceToDepth(zeros(1, 4, 4, 4), { blockSize: 2, mode: wrong("crd") }),
    ],
    [
      "globalAveragePool2d: unknown option windowDimensions; known are layout",
      () => globalAveragePool2d(zeros(1, 4, 4, 1), wrong({ windowDimensions: 2 })),
    ],
  ])("%s", (message, call) => expectRefusal(backend(), OptionError, message, call));
});

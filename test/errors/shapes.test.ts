import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  add,
  addBackward,
  averagePool2d,
  averagePool2dBackward,
  type Backend,
  conv2d,
  conv2dBackward,
  conv2dBackwardBias,
  conv2dBackwardFilter,
  conv2dBackwardInput,
  createBackend,
  leakyReluBackward,
  maxPool2d,
  maxPool2dBackward,
  mul,
  mulBackward,
  OutOfMemoryError,
  pad2d,
  pad2dBackward,
  prelu,
  preluBackward,
  reduceMeanBackward,
  reduceSumBackward,
  reluBackward,
  reshape,
  ShapeError,
  transpose,
} from "webgpu-cnn";
import { describeOnEachBackend } from "../support/backends.js";
import { requestDevice, withSmallerLimits } from "../support/device.js";
import { expectRefusal, type Refusal, wrong, zerosOn } from "../support/refusals.js";

describeOnEachBackend("shapes that disagree are refused", (backend) => {
  const zeros = zerosOn(backend);
  const refuses = (message: string | RegExp, call: () => unknown) =>
    expectRefusal(backend(), ShapeError, message, call);

  test("transpose refuses to move more than six axes", () => {
    const message =
      "transpose: 7 runs of axes move, expected at most 6 (x [2, 2, 2, 2, 2, 2, 2], permutation [6, 5, 4, 3, 2, 1, 0]); transpose twice";
    refuses(message, () => transpose(zeros(2, 2, 2, 2, 2, 2, 2)));
  });

  test("prelu refuses a slope that would stretch x", () => {
    const message =
      "prelu: slope is [2, 3, 4], expected a shape that stretches to x [3, 4]: from the last axis on, its extents or 1; use reshape to add or join axes";
    refuses(message, () => prelu(zeros(3, 4), zeros(2, 3, 4)));
    refuses(message.replace("prelu", "preluBackward"), () =>
      preluBackward(zeros(3, 4), zeros(2, 3, 4), zeros(2, 3, 4)),
    );
  });

  // Elements, broadcasting, reductions.
  test.each<Refusal>([
    [
      "add: axis -2 of b has the extent 3, expected 2 as in a, or 1 (a [2, 4], b [5, 3, 4]); use reshape to add axes of extent 1",
      () => add(zeros(2, 4), zeros(5, 3, 4)),
    ],
    [
      "mul: axis -1 of b has the extent 2, expected 3 as in a, or 1 (a [2, 3], b [2]); use reshape to add axes of extent 1",
      () => mul(zeros(2, 3), zeros(2)),
    ],
    [
      "add: 9 runs of axes are stretched in turn, expected at most 8 (a [2, 1, 2, 1, 2, 1, 2, 1, 2], b [1, 2, 1, 2, 1, 2, 1, 2, 1]); join axes with transpose and reshape",
      () => add(zeros(2, 1, 2, 1, 2, 1, 2, 1, 2), zeros(1, 2, 1, 2, 1, 2, 1, 2, 1)),
    ],
    [
      "reduceSumBackward: 9 runs of axes are stretched in turn, expected at most 8 (inputShape [2, 2, 2, 2, 2, 2, 2, 2, 2], reduced to [2, 1, 2, 1, 2, 1, 2, 1, 2]); join axes with transpose and reshape",
      () => reduceSumBackward(new Array(9).fill(2), zeros(2, 2, 2, 2, 2), { axes: [1, 3, 5, 7] }),
    ],
    [
      "addBackward: axis -1 of bShape has the extent 3, expected 2 as in aShape, or 1 (aShape [2], bShape [3]); use reshape to add axes of extent 1",
      () => addBackward([2], [3], zeros(3)),
    ],
    [
      "addBackward: bShape must be an array of extents such as [1, 28, 28, 1], got 3",
      () => addBackward([3], wrong(3), zeros(3)),
    ],
    ["addBackward: dy is [3], expected the forward's output [2, 3]", () => addBackward([2, 3], [3], zeros(3))],
    [
      "mulBackward: dy is [2, 3, 1], expected the forward's output [2, 3]",
      () => mulBackward(zeros(2, 1), zeros(3), zeros(2, 3, 1)),
    ],
    ["reluBackward: dy is [6], expected the forward's output [2, 3]", () => reluBackward(zeros(2, 3), zeros(6))],
    ["leakyReluBackward: dy is [], expected the forward's output [1]", () => leakyReluBackward(zeros(1), zeros())],
    [
      "reduceMeanBackward: dy is [2], expected the forward's output [2, 1]",
      () => reduceMeanBackward([2, 3], zeros(2), { axes: [1], keepDimensions: true }),
    ],
  ])("%s", (message, call) => refuses(message, call));

  // Channels and groups.
  test.each<Refusal>([
    [
      "conv2d: w has 3 input channels, expected C / groups = 8 / 2 = 4 (x [1, 32, 32, 8] nhwc, w [3, 3, 3, 16] hwio)",
      () => conv2d(zeros(1, 32, 32, 8), zeros(3, 3, 3, 16), { groups: 2 }),
    ],
    [
      "conv2d: w has 4 input channels, expected C / groups = 8 / 1 = 8 (x [1, 8, 6, 6] nchw, w [16, 4, 3, 3] oihw)",
      () => conv2d(zeros(1, 8, 6, 6), zeros(16, 4, 3, 3), { inputLayout: "nchw", filterLayout: "oihw" }),
    ],
    [
      "conv2d: x has 8 channels, expected a multiple of groups = 3 (x [1, 6, 6, 8] nhwc, w [3, 3, 2, 9] hwio)",
      () => conv2d(zeros(1, 6, 6, 8), zeros(3, 3, 2, 9), { groups: 3 }),
    ],
    [
      "conv2d: w has 6 output channels, expected a multiple of groups = 4 (x [1, 6, 6, 8] nhwc, w [6, 3, 3, 2] ohwi)",
      () => conv2d(zeros(1, 6, 6, 8), zeros(6, 3, 3, 2), { groups: 4, filterLayout: "ohwi" }),
    ],
    [
      "conv2dBackwardInput: w has 8 input channels, expected C / groups = 8 / 2 = 4 (inputShape [1, 6, 6, 8] nhwc, w [3, 3, 8, 4] hwio)",
      () => conv2dBackwardInput(zeros(1, 4, 4, 4), zeros(3, 3, 8, 4), [1, 6, 6, 8], { groups: 2 }),
    ],
    [
      "conv2dBackwardFilter: filterShape has 2 input channels, expected C / groups = 8 / 2 = 4 (x [1, 6, 6, 8] nhwc, filterShape [2, 3, 3, 4] ihwo)",
      () =>
        conv2dBackwardFilter(zeros(1, 6, 6, 8), zeros(1, 4, 4, 4), [2, 3, 3, 4], { groups: 2, filterLayout: "ihwo" }),
    ],
    [
      "conv2dBackward: w has 8 input channels, expected C / groups = 8 / 2 = 4 (x [1, 6, 6, 8] nhwc, w [3, 3, 8, 4] hwio)",
      () => conv2dBackward(zeros(1, 6, 6, 8), zeros(3, 3, 8, 4), zeros(1, 4, 4, 4), { groups: 2 }),
    ],
  ])("%s", refuses);

  // Rank.
  test.each<Refusal>([
    [
      "conv2d: x has rank 3, expected 4 (nhwc), got [6, 6, 8]; use reshape to add axes of extent 1",
      () => conv2d(zeros(6, 6, 8), zeros(3, 3, 8, 4)),
    ],
    [
      "conv2d: w has rank 2, expected 4 (oihw), got [8, 4]; use reshape to add axes of extent 1",
      () => conv2d(zeros(1, 6, 6, 8), zeros(8, 4), { filterLayout: "oihw" }),
    ],
    [
      "conv2dBackwardInput: inputShape has rank 0, expected 4 (nhwc), got []; use reshape to add axes of extent 1",
      () => conv2dBackwardInput(zeros(1, 4, 4, 4), zeros(3, 3, 8, 4), []),
    ],
    [
      "conv2dBackwardBias: dy has rank 1, expected 4 (nchw), got [4]; use reshape to add axes of extent 1",
      () => conv2dBackwardBias(zeros(4), { inputLayout: "nchw" }),
    ],
    [
      "maxPool2d: x has rank 5, expected 4 (nhwc), got [1, 1, 4, 4, 1]; use reshape to add axes of extent 1",
      () => maxPool2d(zeros(1, 1, 4, 4, 1), { windowDimensions: 2 }),
    ],
    [
      "averagePool2dBackward: inputShape has rank 2, expected 4 (nhwc), got [4, 4]; use reshape to add axes of extent 1",
      () => averagePool2dBackward([4, 4], zeros(1, 2, 2, 1), { windowDimensions: 2 }),
    ],
    [
      "pad2d: x has rank 0, expected 4 (nhwc), got []; use reshape to add axes of extent 1",
      () => pad2d(zeros(), { padding: 1 }),
    ],
  ])("%s", refuses);

  // Values that are not shapes.
  test.each<Refusal>([
    [
      "conv2dBackwardInput: inputShape must be an array of extents such as [1, 28, 28, 1], got a Tensor",
      () => conv2dBackwardInput(zeros(1, 4, 4, 4), zeros(3, 3, 8, 4), wrong(zeros(1, 6, 6, 8))),
    ],
    [
      "conv2dBackwardFilter: filterShape must be an array of extents such as [1, 28, 28, 1], got undefined",
      () => conv2dBackwardFilter(zeros(1, 6, 6, 8), zeros(1, 4, 4, 4), wrong(undefined)),
    ],
    [
      "averagePool2dBackward: inputShape has the extent 0, expected positive integers only (inputShape [0, 4, 4, 1])",
      () => averagePool2dBackward([0, 4, 4, 1], zeros(1, 2, 2, 1), { windowDimensions: 2 }),
    ],
    [
      "pad2dBackward: inputShape has the extent 2.5, expected positive integers only (inputShape [1, 2.5, 4, 1])",
      () => pad2dBackward([1, 2.5, 4, 1], zeros(1, 4, 6, 1), { padding: 1 }),
    ],
    [
      'pad2dBackward: inputShape has the extent "4", expected positive integers only (inputShape [1, 4, "4", 1])',
      () => pad2dBackward(wrong([1, 4, "4", 1]), zeros(1, 6, 6, 1), { padding: 1 }),
    ],
    ["reshape: shape [3, 2] has 6 elements, expected 8 (x [2, 4])", () => reshape(zeros(2, 4), [3, 2])],
    ["reshape: shape [] has 1 elements, expected 8 (x [2, 4])", () => reshape(zeros(2, 4), [])],
    [
      "reshape: shape has the extent -1, expected positive integers only (shape [2, -1])",
      () => reshape(zeros(2, 4), [2, -1]),
    ],
    ["reshape: shape must be an array of extents such as [1, 28, 28, 1], got 8", () => reshape(zeros(2, 4), wrong(8))],
  ])("%s", refuses);

  // Bias.
  test.each<Refusal>([
    [
      "conv2d: bias is [8], expected one value for each output channel, [16] (w [3, 3, 8, 16] hwio)",
      () => conv2d(zeros(1, 6, 6, 8), zeros(3, 3, 8, 16), { bias: zeros(8) }),
    ],
    [
      "conv2d: bias is [1, 16], expected one value for each output channel, [16] (w [16, 8, 3, 3] oihw)",
      () => conv2d(zeros(1, 6, 6, 8), zeros(16, 8, 3, 3), { bias: zeros(1, 16), filterLayout: "oihw" }),
    ],
    [
      "conv2d: bias is [], expected one value for each output channel, [1] (w [1, 1, 8, 1] hwio)",
      () => conv2d(zeros(1, 6, 6, 8), zeros(1, 1, 8, 1), { bias: zeros() }),
    ],
  ])("%s", refuses);

  // Windows that do not fit.
  test.each<Refusal>([
    [
      "conv2d: the window's height 3 is larger than the padded input's 2 + 0 + 0 = 2; use a smaller window or more padding",
      () => conv2d(zeros(1, 2, 6, 1), zeros(3, 3, 1, 1)),
    ],
    [
      "conv2d: the window's width 7 (3 taps, dilation 3) is larger than the padded input's 4 + 1 + 1 = 6; use a smaller window or more padding",
      () => conv2d(zeros(1, 9, 4, 1), zeros(3, 3, 1, 1), { dilations: [1, 3], padding: 1 }),
    ],
    [
      "conv2dBackwardFilter: the window's height 5 is larger than the padded input's 4 + 0 + 0 = 4; use a smaller window or more padding",
      () => conv2dBackwardFilter(zeros(1, 4, 4, 1), zeros(1, 1, 1, 1), [5, 5, 1, 1]),
    ],
    [
      "maxPool2d: the window's width 3 is larger than the padded input's 2 + 0 + 0 = 2; use a smaller window or more padding",
      () => maxPool2d(zeros(1, 3, 2, 1), { windowDimensions: 3, padding: "valid" }),
    ],
    [
      "averagePool2dBackward: the window's height 3 is larger than the padded input's 2 + 0 + 0 = 2; use a smaller window or more padding",
      () => averagePool2dBackward([1, 2, 2, 1], zeros(1, 1, 1, 1), { windowDimensions: 3 }),
    ],
  ])("%s", refuses);

  // Windows that hold nothing.
  test.each<Refusal>([
    [
      "maxPool2d: the window at height 0 of the output would hold no element of the input (height 4, window 2, stride 2, dilation 1, padding 2 at the beginning); use less padding",
      () => maxPool2d(zeros(1, 4, 4, 1), { windowDimensions: 2, padding: [2, 0, 0, 0] }),
    ],
    [
      "averagePool2d: the window at width 2 of the output would hold no element of the input (width 4, window 2, stride 2, dilation 1, padding 0 at the beginning); use less padding",
      () => averagePool2d(zeros(1, 4, 4, 1), { windowDimensions: 2, padding: [0, 0, 0, 2], countIncludePad: true }),
    ],
    [
      "maxPool2dBackward: the window at height 0 of the output would hold no element of the input (height 1, window 2, stride 1, dilation 3, padding 2 at the beginning); use less padding",
      () =>
        maxPool2dBackward(zeros(1, 1, 1, 1), zeros(1, 2, 1, 1), {
          windowDimensions: [2, 1],
          strides: 1,
          dilations: 3,
          padding: [2, 2, 0, 0],
        }),
    ],
    [
      "averagePool2dBackward: the window at width 0 of the output would hold no element of the input (width 4, window 1, stride 1, dilation 1, padding 1 at the beginning); use less padding",
      () => averagePool2dBackward([1, 4, 4, 1], zeros(1, 4, 5, 1), { windowDimensions: 1, padding: [0, 0, 1, 0] }),
    ],
  ])("%s", refuses);

  test("a window of a convolution may lie completely in the padding, which is zeros", async () => {
    const y = conv2d(backend().full([1, 1, 1, 1], 3), backend().full([1, 1, 1, 1], 2), { padding: 1 });
    expect([...(await y.read())]).toEqual([0, 0, 0, 0, 6, 0, 0, 0, 0]);
  });

  // Reflections.
  test.each<Refusal>([
    [
      'pad2d: padding is [4, 0, 0, 0], expected at most H − 1 = 3 and W − 1 = 3 for mode "reflection" (x nhwc)',
      () => pad2d(zeros(1, 4, 4, 2), { padding: [4, 0, 0, 0], mode: "reflection" }),
    ],
    [
      'pad2d: padding is [1, 1, 1, 1], expected at most H − 1 = 3 and W − 1 = 0 for mode "reflection" (x nchw)',
      () => pad2d(zeros(1, 2, 4, 1), { padding: 1, mode: "reflection", layout: "nchw" }),
    ],
    [
      'pad2dBackward: padding is [0, 0, 0, 3], expected at most H − 1 = 2 and W − 1 = 2 for mode "reflection" (inputShape nhwc)',
      () => pad2dBackward([1, 3, 3, 1], zeros(1, 3, 6, 1), { padding: [0, 0, 0, 3], mode: "reflection" }),
    ],
    [
      'pad2d: padding is [0, 4, 0, 0], expected at most H = 3 and W = 2 for mode "symmetric" (x nhwc)',
      () => pad2d(zeros(1, 3, 2, 1), { padding: [0, 4, 0, 0], mode: "symmetric" }),
    ],
  ])("%s", refuses);

  // Gradients of the wrong shape.
  test.each<Refusal>([
    [
      /^conv2dBackwardInput: dy is \[1, 4, 4, 5\], expected the forward's output \[1, 4, 4, 4\] nhwc \(/,
      () => conv2dBackwardInput(zeros(1, 4, 4, 5), zeros(3, 3, 8, 4), [1, 6, 6, 8]),
    ],
    [
      /^conv2dBackwardFilter: dy is \[1, 4, 2, 2\], expected the forward's output \[1, 4, 3, 3\] nchw \(/,
      () =>
        conv2dBackwardFilter(zeros(1, 8, 6, 6), zeros(1, 4, 2, 2), [3, 3, 8, 4], {
          inputLayout: "nchw",
          strides: 2,
          padding: [1, 0, 1, 0],
          outputShapeRounding: "ceil",
        }),
    ],
    [
      /^conv2dBackward: dy is \[1, 6, 6, 8\], expected the forward's output \[1, 4, 4, 4\] nhwc \(/,
      () => conv2dBackward(zeros(1, 6, 6, 8), zeros(3, 3, 8, 4), zeros(1, 6, 6, 8)),
    ],
    [
      "maxPool2dBackward: dy is [1, 4, 4, 2], expected the forward's output [1, 2, 2, 2] nhwc",
      () => maxPool2dBackward(zeros(1, 4, 4, 2), zeros(1, 4, 4, 2), { windowDimensions: 2 }),
    ],
    [
      "maxPool2dBackward: dy is [4, 2], expected the forward's output [1, 2, 2, 2] nhwc",
      () => maxPool2dBackward(zeros(1, 4, 4, 2), zeros(4, 2), { windowDimensions: 2 }),
    ],
    [
      "averagePool2dBackward: dy is [1, 2, 2, 2], expected the forward's output [1, 2, 3, 3] nchw",
      () =>
        averagePool2dBackward([1, 2, 5, 5], zeros(1, 2, 2, 2), {
          windowDimensions: 2,
          layout: "nchw",
          outputShapeRounding: "ceil",
        }),
    ],
    [
      "pad2dBackward: dy is [1, 4, 4, 1], expected the forward's output [1, 7, 5, 1] nhwc",
      () => pad2dBackward([1, 4, 4, 1], zeros(1, 4, 4, 1), { padding: [1, 2, 0, 1] }),
    ],
  ])("%s", refuses);
});

describeOnEachBackend("shapes beyond the device are refused at the call", (backend) => {
  const zeros = zerosOn(backend);

  test.each<Refusal>([
    [/^zeros: a tensor of .* is larger than .*; split it into smaller batches$/, () => zeros(2 ** 25, 2 ** 20)],
    [/^full: a tensor of .* is larger than /, () => backend().full([2 ** 25, 2 ** 20], 1)],
    [/^pad2d: a tensor of .* is larger than /, () => pad2d(zeros(1, 4, 4, 1), { padding: 1e6 })],
    [/^pad2d: a tensor of .* is larger than /, () => pad2d(zeros(1, 4, 4, 4), { padding: 1e6, layout: "nchw" })],
    [
      /^averagePool2dBackward: a tensor of .* is larger than /,
      () => averagePool2dBackward([1, 2e6, 2e6, 1], zeros(1, 1, 1, 1), { windowDimensions: 2e6 }),
    ],
    [
      /^conv2dBackwardFilter: a tensor of .* is larger than /,
      () => conv2dBackwardFilter(zeros(1, 4, 4, 1), zeros(1, 1, 1, 1), [2e6, 2e6, 1, 1], { padding: 1e6 - 2 }),
    ],
  ])("%s", (message, call) => expectRefusal(backend(), OutOfMemoryError, message, call));

  test("a shape with more elements than can be counted is refused", () => {
    const message = "zeros: shape [1073741824, 1073741824] has more elements than can be counted";
    expectRefusal(backend(), ShapeError, message, () => backend().zeros([2 ** 30, 2 ** 30]));
  });
});

describe("shapes beyond one binding of the device are refused at the call", () => {
  let device: GPUDevice;
  let backend: Backend;
  const zeros = zerosOn(() => backend);
  beforeAll(async () => {
    device = await requestDevice();
    backend = await createBackend({ device: withSmallerLimits(device, { maxStorageBufferBindingSize: 2 ** 20 }) });
  });
  afterAll(async () => {
    await backend.settled();
    backend.destroy();
    device.destroy();
  });

  const ONE_IMAGE = /^\w+: .*\bimages? .* one binding of this device, 1 MiB; split the images, or ask for /;
  test.each<Refusal>([
    [ONE_IMAGE, () => maxPool2d(zeros(2, 600, 600, 1), { windowDimensions: 2 })],
    [ONE_IMAGE, () => maxPool2dBackward(zeros(1, 600, 600, 1), zeros(1, 300, 300, 1), { windowDimensions: 2 })],
    [
      /^conv2d: w takes 1\.6 MiB, one binding of this device holds 1 MiB; make it smaller, or ask for /,
      () => conv2d(zeros(1, 1, 1, 640), zeros(1, 1, 640, 640)),
    ],
    [
      /^conv2dBackwardFilter: \w+ takes 1\.6 MiB, one binding of this device holds 1 MiB; make it smaller, or ask for /,
      () => conv2dBackwardFilter(zeros(1, 1, 1, 640), zeros(1, 1, 1, 640), [1, 1, 640, 640]),
    ],
    // transpose must move these axes as a whole.
    [
      /^transpose: x takes 1\.4 MiB, one binding of this device holds 1 MiB; make it smaller, or ask for /,
      () => transpose(zeros(600, 600)),
    ],
  ])("%s", (message, call) => expectRefusal(backend, OutOfMemoryError, message, call));
});

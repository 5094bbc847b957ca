import fc from "fast-check";
import { expect, test } from "vitest";
import { conv2d, conv2dBackwardFilter, conv2dBackwardInput, convTranspose2d } from "webgpu-cnn";
import { describeOnEachBackend, evaluate, throughRelu, upload } from "../support/backends.js";
import { expectWithinBound } from "../support/expectWithinBound.js";
import * as oracle from "../support/float64.js";
import { randomIntegers, randomOperand } from "../support/random.js";
import { sampled } from "../support/sampling.js";

// Convolutions that are plain matrix products: backends compute them in another geometry, with pixels joined to rows or
// to longer pixels. A bias, a mask, a group, a NaN and an infinity must still reach the same elements.

interface PlainCase {
  readonly kind: "one tap" | "the whole image" | "windows side by side";
  readonly n: number;
  readonly p: number;
  readonly q: number;
  readonly r: number;
  readonly s: number;
  readonly c: number;
  readonly k: number;
  readonly groups: number;
  readonly special: number;
  readonly seed: number;
}

const plainCase: fc.Arbitrary<PlainCase> = fc.record({
  kind: fc.constantFrom<PlainCase["kind"]>("one tap", "the whole image", "windows side by side"),
  n: fc.integer({ min: 1, max: 3 }),
  p: fc.integer({ min: 1, max: 4 }),
  q: fc.integer({ min: 1, max: 6 }),
  r: fc.integer({ min: 1, max: 3 }),
  s: fc.integer({ min: 1, max: 3 }),
  c: fc.constantFrom(1, 3, 4, 8),
  k: fc.constantFrom(1, 4, 5, 11),
  groups: fc.constantFrom(1, 1, 3),
  special: fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 1),
  seed: fc.integer({ min: 0, max: 1000 }),
});

function shapesOf({ kind, n, p, q, r, s, c, k, groups }: PlainCase) {
  const window: [number, number] = kind === "one tap" ? [1, 1] : [r, s];
  const outputs: [number, number] = kind === "the whole image" ? [1, 1] : [p, q];
  return {
    x: [n, window[0] * outputs[0], window[1] * outputs[1], c * groups],
    w: [...window, c, k * groups],
    y: [n, ...outputs, k * groups],
    options: { strides: window, groups },
  };
}

/** The case's special value takes the place of one element. */
function withSpecial(shape: readonly number[], { special, seed }: PlainCase): oracle.Operand {
  const operand = randomOperand(shape, seed);
  operand.data[(seed * 7) % operand.data.length] = special;
  return operand;
}

describeOnEachBackend("convolutions that are matrix products", (backend) => {
  const property = (check: (each: PlainCase) => Promise<void>) =>
    fc.assert(fc.asyncProperty(plainCase, check), { numRuns: sampled(25) });

  test("add the bias of each channel", () =>
    property(async (each) => {
      const { x: xShape, w: wShape, options } = shapesOf(each);
      const [x, w] = [withSpecial(xShape, each), randomOperand(wShape, each.seed + 1)];
      const all = {
        ...options,
        bias: randomOperand([each.k * each.groups], each.seed + 2),
        activation: "relu",
      } as const;
      const y = await evaluate(backend(), () =>
        conv2d(upload(backend(), x), upload(backend(), w), { ...all, bias: upload(backend(), all.bias) }),
      );
      expectWithinBound(y, oracle.conv2d(x, w, all), "y");
    }));

  test("give the gradient of the input where w has a special value", () =>
    property(async (each) => {
      const { x: xShape, w: wShape, y: yShape, options } = shapesOf(each);
      const [dy, w] = [randomOperand(yShape, each.seed), withSpecial(wShape, each)];
      const dx = await evaluate(backend(), () =>
        conv2dBackwardInput(upload(backend(), dy), upload(backend(), w), xShape, options),
      );
      expectWithinBound(dx, oracle.conv2dBackwardInput(dy, w, xShape, options), "dx");
    }));

  test("give the gradient through a ReLU", () =>
    property(async (each) => {
      const { x: xShape, w: wShape, y: yShape, options } = shapesOf(each);
      const z = { data: randomIntegers(oracle.sizeOf(xShape), each.seed), shape: xShape };
      const [dy, w] = [withSpecial(yShape, each), randomOperand(wShape, each.seed + 1)];
      const dx = await evaluate(backend(), () =>
        throughRelu(upload(backend(), z), upload(backend(), w), upload(backend(), dy), options),
      );
      const whole = await evaluate(backend(), () =>
        conv2dBackwardInput(upload(backend(), dy), upload(backend(), w), xShape, options),
      );
      expect(dx).toEqual(whole.map((value, i) => ((z.data[i] ?? 0) <= 0 ? 0 : value)));
    }));

  test("give the gradient of the filter", () =>
    property(async (each) => {
      const { x: xShape, w: wShape, y: yShape, options } = shapesOf(each);
      const [x, dy] = [withSpecial(xShape, each), randomOperand(yShape, each.seed + 1)];
      const dw = await evaluate(backend(), () =>
        conv2dBackwardFilter(upload(backend(), x), upload(backend(), dy), wShape, options),
      );
      expectWithinBound(dw, oracle.conv2dBackwardFilter(x, dy, wShape, options), "dw");
    }));

  test("add the bias of each channel, transposed", () =>
    property(async (each) => {
      const { x: yShape, w: wShape, y: xShape, options } = shapesOf(each);
      const [x, w] = [withSpecial(xShape, each), randomOperand(wShape, each.seed + 1)];
      const all = { ...options, bias: randomOperand(yShape.slice(-1), each.seed + 2), activation: "relu" } as const;
      const y = await evaluate(backend(), () =>
        convTranspose2d(upload(backend(), x), upload(backend(), w), { ...all, bias: upload(backend(), all.bias) }),
      );
      expectWithinBound(y, oracle.convTranspose2d(x, w, all), "y");
    }));
});

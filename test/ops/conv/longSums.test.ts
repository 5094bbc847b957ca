import { expect, test } from "vitest";
import { conv2d, conv2dBackwardFilter, conv2dBackwardInput, type Tensor } from "webgpu-cnn";
import { describeOnEachBackend, evaluate, upload } from "../../support/backends.js";
import * as oracle from "../../support/float64.js";
import { randomOperand } from "../../support/random.js";
import { sampledCases } from "../../support/sampling.js";

type Geometry = readonly [
  name: string,
  xShape: readonly [number, number, number, number],
  wShape: readonly [number, number, number, number],
  options: oracle.Conv2dWalkOptions,
];

/** Every element of y has a long sum. For dx, at least one element has, because every tap touches it. */
const FORWARD: readonly [Geometry, ...Geometry[]] = [
  ["a window over a whole image", [1, 7, 7, 700], [7, 7, 700, 4], {}],
  ["two outputs, channels not in fours", [1, 3, 4, 3647], [3, 3, 3647, 3], {}],
  ["a picture's channels, strided", [1, 105, 108, 3], [105, 105, 3, 4], { strides: 3 }],
];
const DEPTHWISE: readonly Geometry[] = [
  ["in fours", [1, 182, 182, 4], [182, 182, 1, 4], { groups: 4 }],
  ["dilated, with a multiplier", [1, 182, 363, 2], [182, 182, 1, 4], { groups: 2, dilations: [1, 2] }],
];
const BACKWARD_INPUT: readonly [Geometry, ...Geometry[]] = [
  ["a padded window", [1, 3, 3, 4], [3, 3, 4, 3644], { padding: 1 }],
  ["one tap", [1, 1, 2, 5], [1, 1, 5, 33_000], {}],
  ["output channels not in fours", [1, 3, 2, 3], [3, 3, 3, 3647], { padding: 1 }],
];
const DEPTHWISE_BACKWARD_INPUT: readonly Geometry[] = [
  ["with a multiplier", [1, 1, 1, 2], [5, 5, 1, 2624], { groups: 2, padding: 4 }],
];
const BACKWARD_FILTER: readonly [Geometry, ...Geometry[]] = [
  ["one value", [8, 66, 65, 1], [1, 1, 1, 1], {}],
  ["few values", [8, 66, 65, 3], [1, 1, 3, 4], {}],
];
const DEPTHWISE_BACKWARD_FILTER: readonly Geometry[] = [
  ["few values", [9, 62, 62, 4], [1, 3, 1, 4], { padding: [0, 0, 1, 1], groups: 4 }],
];

/** The kernel of tiledGemm takes a software adapter seconds to compile, so it has one case. */
const casesOf = ([first, ...others]: readonly [Geometry, ...Geometry[]], depthwise: readonly Geometry[]) =>
  sampledCases([
    ...(["direct", "implicitGemm"] as const).flatMap((family) =>
      [first, ...others].map((geometry) => [family, ...geometry] as const),
    ),
    ["tiledGemm", ...first] as const,
    ...depthwise.map((geometry) => ["depthwise", ...geometry] as const),
  ]);

function positive(shape: readonly number[], seed: number): oracle.Operand {
  return { data: randomOperand(shape, seed).data.map(Math.abs), shape };
}

function equal(shape: readonly number[], seed: number): oracle.Operand {
  return { data: new Float32Array(oracle.sizeOf(shape)).fill(seed / 10), shape };
}

/** Values of one sign. If they are equal, most rounding errors of a sum in order have one sign too. */
const VALUES = [positive, equal];

/** WebAssembly adds the terms of a slice in order, and the slices in pairs. Elsewhere all terms are added in pairs. */
const TERMS_OF_SLICE = { wasm: 4096, webgpu: 0, cpu: 0 } as const;

describeOnEachBackend(
  "long sums of convolutions of one sign have a relative error below (8 + log2 K + terms of a slice) · 2⁻²⁴",
  (backend) => {
    async function expectAccurate(
      make: (a: Tensor, b: Tensor) => Tensor,
      operands: readonly [oracle.Operand, oracle.Operand],
      { values, terms }: oracle.Expected,
    ) {
      const result = await evaluate(backend(), () =>
        make(upload(backend(), operands[0]), upload(backend(), operands[1])),
      );
      for (const [i, value] of result.entries()) {
        const units = Math.abs(value / oracle.at(values, i) - 1) * 2 ** 24;
        expect(units, `element ${i}`).toBeLessThan(8 + Math.log2(oracle.at(terms, i)) + TERMS_OF_SLICE[backend().kind]);
      }
    }

    test.each(casesOf(FORWARD, DEPTHWISE))("forward, %s: %s", async (algorithm, _, xShape, wShape, options) => {
      for (const make of VALUES) {
        const [x, w] = [make(xShape, 1), make(wShape, 3)];
        await expectAccurate((x, w) => conv2d(x, w, { ...options, algorithm }), [x, w], oracle.conv2d(x, w, options));
      }
    });

    test.each(casesOf(BACKWARD_INPUT, DEPTHWISE_BACKWARD_INPUT))(
      "dx, %s: %s",
      async (algorithm, _, xShape, wShape, options) => {
        for (const make of VALUES) {
          const [dy, w] = [make(oracle.conv2dOutputShape(xShape, wShape, options), 1), make(wShape, 3)];
          const gradient = (dy: Tensor, w: Tensor) => conv2dBackwardInput(dy, w, xShape, { ...options, algorithm });
          await expectAccurate(gradient, [dy, w], oracle.conv2dBackwardInput(dy, w, xShape, options));
        }
      },
    );

    // Slices add their terms in order, so equal values would have larger errors.
    test.each(casesOf(BACKWARD_FILTER, DEPTHWISE_BACKWARD_FILTER))(
      "dw of random values, %s: %s",
      async (algorithm, _, xShape, wShape, options) => {
        const [x, dy] = [positive(xShape, 1), positive(oracle.conv2dOutputShape(xShape, wShape, options), 3)];
        const gradient = (x: Tensor, dy: Tensor) => conv2dBackwardFilter(x, dy, wShape, { ...options, algorithm });
        await expectAccurate(gradient, [x, dy], oracle.conv2dBackwardFilter(x, dy, wShape, options));
      },
    );
  },
);

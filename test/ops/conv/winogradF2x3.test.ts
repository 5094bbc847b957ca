import fc from "fast-check";
import { expect, test } from "vitest";
import { conv2d, conv2dBackwardInput, createBackend, type ValidationReport } from "webgpu-cnn";
import { describeOnEachBackend, evaluate, upload } from "../../support/backends.js";
import { expectWithinBound } from "../../support/expectWithinBound.js";
import * as oracle from "../../support/float64.js";
import { randomOperand } from "../../support/random.js";
import { sampled, sampledCases } from "../../support/sampling.js";

const algorithm = "winogradF2x3";

const pad = fc.integer({ min: 0, max: 4 });

/** The shapes of a convolution that it can compute. */
const geometry = fc.record({
  n: fc.integer({ min: 1, max: 3 }),
  h: fc.integer({ min: 3, max: 11 }),
  w: fc.integer({ min: 3, max: 11 }),
  c: fc.constantFrom(4, 8, 12, 20),
  k: fc.constantFrom(4, 8, 16, 36),
  padding: fc.tuple(pad, pad, pad, pad),
  seed: fc.integer(),
});

/**
 * The values with Winograd's own bound. Σ|terms| is the absolute values of the 5×5 pixels around a window, which contain its tile in any position,
 * times those of the whole filter. K is nine products per channel.
 *
 * @param exact the values
 * @param x the input of the convolution, `w` its filter in the layout of the oracle's forward
 * @param from the beginning of the window of the first output
 */
function withOwnBound(
  exact: oracle.Expected,
  x: oracle.Operand,
  filters: (c: number, k: number) => number,
  [top, left]: readonly [number, number],
): oracle.Expected {
  const [, p = 0, q = 0, k = 0] = exact.shape;
  const [, h = 0, w = 0, c = 0] = x.shape;
  const magnitude = new Float64Array(exact.values.length);
  for (let i = 0; i < magnitude.length; i++) {
    const [image, row, column, channel] = [
      Math.floor(i / (p * q * k)),
      Math.floor(i / (q * k)) % p,
      Math.floor(i / k) % q,
      i % k,
    ];
    for (let dh = -1; dh < 4; dh++) {
      for (let dw = -1; dw < 4; dw++) {
        const [y, z] = [row + top + dh, column + left + dw];
        if (y < 0 || y >= h || z < 0 || z >= w) continue;
        for (let from = 0; from < c; from++) {
          const value = Math.abs(x.data[((image * h + y) * w + z) * c + from] ?? 0);
          magnitude[i] = (magnitude[i] ?? 0) + value * filters(from, channel);
        }
      }
    }
  }
  return { ...exact, magnitude, terms: new Float64Array(magnitude.length).fill(9 * c + 1) };
}

/** Σ|w| over the taps, from input channel c to output channel k. */
function filterSums(w: oracle.Operand): (c: number, k: number) => number {
  const [, , channels = 0, outputs = 0] = w.shape;
  return (c, k) => {
    let sum = 0;
    for (let tap = 0; tap < 9; tap++) sum += Math.abs(w.data[(tap * channels + c) * outputs + k] ?? 0);
    return sum;
  };
}

describeOnEachBackend("winogradF2x3", (backend) => {
  test("keeps its own bound over random geometry, forward and backward", async () => {
    await fc.assert(
      fc.asyncProperty(geometry, async ({ n, h, w: width, c, k, padding, seed }) => {
        const [padTop, , padLeft] = padding;
        const x = randomOperand([n, h, width, c], seed);
        const w = randomOperand([3, 3, c, k], seed + 1);
        const options = { padding };
        const sums = filterSums(w);
        const y = await evaluate(backend(), () =>
          conv2d(upload(backend(), x), upload(backend(), w), { ...options, algorithm }),
        );
        const expected = oracle.conv2d(x, w, options);
        expectWithinBound(y, withOwnBound(expected, x, sums, [-padTop, -padLeft]), "conv2d y");
        const dy = randomOperand(expected.shape, seed + 2);
        const dx = await evaluate(backend(), () =>
          conv2dBackwardInput(upload(backend(), dy), upload(backend(), w), x.shape, { ...options, algorithm }),
        );
        const gradient = oracle.conv2dBackwardInput(dy, w, x.shape, options);
        const bounded = withOwnBound(gradient, dy, (from, to) => sums(to, from), [padTop - 2, padLeft - 2]);
        expectWithinBound(dx, bounded, "conv2dBackwardInput dx");
      }),
      { numRuns: sampled(40) },
    );
  });

  test("adds bias and activation and gives the same bits on every run", async () => {
    const [x, w, bias] = [randomOperand([2, 9, 14, 8], 1), randomOperand([3, 3, 8, 16], 2), randomOperand([16], 3)];
    const run = () =>
      evaluate(backend(), () =>
        conv2d(upload(backend(), x), upload(backend(), w), {
          bias: upload(backend(), bias),
          activation: "relu",
          padding: "same",
          algorithm,
        }),
      );
    const y = await run();
    const expected = oracle.conv2d(x, w, { bias, activation: "relu", padding: "same" });
    expectWithinBound(y, withOwnBound(expected, x, filterSums(w), [-1, -1]), "conv2d y");
    expect(await run()).toEqual(y);
  });

  test.each(
    sampledCases([
      ["another filter", [5, 5, 4, 4], {}],
      ["strides", [3, 3, 4, 4], { strides: 2 }],
      ["channels not in fours", [3, 3, 4, 6], {}],
    ] as const),
  )("another family computes a convolution that it cannot: %s", async (_, wShape, options) => {
    const [x, w] = [randomOperand([1, 8, 8, 4], 1), randomOperand(wShape, 2)];
    const y = await evaluate(backend(), () =>
      conv2d(upload(backend(), x), upload(backend(), w), { ...options, algorithm }),
    );
    expectWithinBound(y, oracle.conv2d(x, w, options), "conv2d y");
  });
});

test("passes validation with its own bound", async () => {
  const reports: ValidationReport[] = [];
  const backend = await createBackend({ kind: "webgpu", validate: (report) => reports.push(report) });
  const x = randomOperand([1, 8, 8, 8], 1);
  // A large value beside small windows: the transformations spread its rounding error.
  x.data[0] = 1e6;
  const y = conv2d(upload(backend, x), upload(backend, randomOperand([3, 3, 8, 8], 2)), { padding: 1, algorithm });
  await y.read();
  expect(reports.map(({ operator }) => operator)).toEqual(["conv2d"]);
  expect(reports[0]?.largestShare).toBeLessThanOrEqual(1);
  expect(reports[0]?.largestShare).toBeGreaterThan(0);
  backend.destroy();
});

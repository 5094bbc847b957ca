import { describe, expect, test } from "vitest";
import { windowGeometry } from "../../../src/core/geometry.js";
import { magnitudes } from "../../../src/runtime/reference/magnitudes.js";
import { randomValues } from "../../support/random.js";

test("Σ|terms| of a sum of products takes the absolute value of each factor", () => {
  const y = new Float32Array(1);
  const inputs = { a: Float32Array.of(1, -2), b: Float32Array.of(-3, 5), bias: Float32Array.of(-7) };
  const stored = { transposeA: false, transposeB: false, batchShape: [], aBatch: [], bBatch: [] };
  magnitudes.matmul({ m: 1, n: 1, k: 2, relu: false, ...stored }, inputs, { y });
  expect([...y]).toEqual([20]);
  expect([...inputs.a, ...inputs.b, ...inputs.bias]).toEqual([1, -2, -3, 5, -7]);
});

describe("Winograd's Σ|terms|", () => {
  const request = {
    window: [3, 3],
    strides: [1, 1],
    dilations: [1, 1],
    padding: [1, 1, 1, 1],
    rounding: "floor",
  } as const;
  const geometry = windowGeometry("test", { n: 2, h: 5, w: 6, c: 4 }, request, 8, 1);
  const { n, h, w, c, p, q, k } = geometry;
  const filter = randomValues(9 * c * k, 2);

  test("is at least the Σ|terms| of the sum of products", () => {
    const forward = { n, h, w, c, p, q, k, top: -1, left: -1, backward: false };
    const outputs = (winograd: typeof forward | undefined) => {
      const y = new Float32Array(n * p * q * k);
      const inputs = { x: randomValues(n * h * w * c, 1), w: filter, bias: randomValues(k, 3) };
      magnitudes.conv2d({ geometry, relu: false, winograd }, inputs, { y });
      return y;
    };
    const plain = outputs(undefined);
    expect(outputs(forward).every((sum, i) => sum >= (plain[i] ?? 0))).toBe(true);
  });

  test("is at least the Σ|terms| of the gradient of the input", () => {
    const backward = { n, h: p, w: q, c: k, p: h, q: w, k: c, top: -1, left: -1, backward: true };
    const outputs = (winograd: typeof backward | undefined) => {
      const dx = new Float32Array(n * h * w * c);
      magnitudes.conv2dBackwardInput({ geometry, winograd }, { dy: randomValues(n * p * q * k, 1), w: filter }, { dx });
      return dx;
    };
    const plain = outputs(undefined);
    expect(outputs(backward).every((sum, i) => sum >= (plain[i] ?? 0))).toBe(true);
  });
});

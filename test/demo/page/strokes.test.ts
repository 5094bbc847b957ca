import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { centred, centreOfMass, rasterize, type Stroke } from "../../../demo/page/learn/draw/strokes.js";

const point = fc.record({
  x: fc.double({ min: 2, max: 26, noNaN: true }),
  y: fc.double({ min: 2, max: 26, noNaN: true }),
});
const strokes = fc.array(fc.array(point, { minLength: 1, maxLength: 8 }), { minLength: 1, maxLength: 3 });

const rowsWithInk = (pixels: Float32Array) =>
  [...Array(28).keys()].filter((row) => pixels.subarray(28 * row, 28 * (row + 1)).some((ink) => ink > 0.5));

describe("a drawing is as MNIST has its digits", () => {
  test("its centre of mass is in the middle, wherever it was drawn", () => {
    const shape: Stroke = [
      { x: 4, y: 4 },
      { x: 9, y: 4 },
      { x: 6, y: 12 },
    ];
    for (const [right, down] of [
      [0, 0],
      [15, 12],
    ] as const) {
      const moved = shape.map(({ x, y }) => ({ x: x + right, y: y + down }));
      const { x, y } = centreOfMass(centred([moved]));
      expect(x).toBeCloseTo(14, 0);
      expect(y).toBeCloseTo(14, 0);
    }
  });

  test("its longer side is 20 pixels long, small or large", () => {
    for (const height of [8, 22]) {
      const rows = rowsWithInk(
        centred([
          [
            { x: 14, y: 3 },
            { x: 14, y: 3 + height },
          ],
        ]),
      );
      expect(rows.length).toBeGreaterThanOrEqual(19);
      expect(rows.length).toBeLessThanOrEqual(21);
    }
  });

  test("a line has the ink of some two pixels and a half across", () => {
    const pixels = rasterize([
      [
        { x: 5, y: 14 },
        { x: 23, y: 14 },
      ],
    ]);
    const across = [...Array(28).keys()].reduce((sum, row) => sum + (pixels[28 * row + 14] ?? 0), 0);
    expect(across).toBeGreaterThan(2);
    expect(across).toBeLessThan(3);
  });

  test("nothing drawn is blank paper", () => {
    expect(Math.max(...centred([]))).toBe(0);
  });

  test("every pixel is between paper and ink, and a dot is not blown up", () => {
    fc.assert(
      fc.property(strokes, (drawn) => {
        const pixels = centred(drawn);
        expect(pixels.every((ink) => ink >= 0 && ink <= 1)).toBe(true);
      }),
      { numRuns: 30 },
    );
    expect(rowsWithInk(centred([[{ x: 3, y: 3 }]])).length).toBeLessThan(8);
  });
});

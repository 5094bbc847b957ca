import fc from "fast-check";
import { expect, test } from "vitest";
import { cropAndResize, OptionError, reduceSum, valueAndGradients } from "webgpu-cnn";
import { describeOnEveryBackend, evaluate, upload } from "../../support/backends.js";
import { expectWithinBound } from "../../support/expectWithinBound.js";
import * as oracle from "../../support/float64.js";
import { randomOperand } from "../../support/random.js";
import { sampled, sampledCases } from "../../support/sampling.js";
import { cropAndResizeCase } from "../../support/shapeArbitraries.js";

describeOnEveryBackend("cropAndResize", (backend) => {
  const cropped = (
    images: oracle.Operand,
    boxes: oracle.Operand,
    boxIndices: oracle.Operand,
    options: oracle.CropAndResizeOptions,
  ) =>
    evaluate(backend(), () =>
      cropAndResize(upload(backend(), images), upload(backend(), boxes), upload(backend(), boxIndices), options),
    );
  const counted = (h: number, w: number) => ({
    data: Float32Array.from({ length: h * w }, (_, i) => i + 1),
    shape: [1, h, w, 1],
  });
  const boxesOf = (...boxes: readonly (readonly [number, number, number, number])[]) => ({
    data: Float32Array.from(boxes.flat()),
    shape: [boxes.length, 4],
  });
  const ofFirst = (count: number) => ({ data: new Float32Array(count), shape: [count] });

  test("keeps the numerical promise over random geometry", async () => {
    await fc.assert(
      fc.asyncProperty(cropAndResizeCase(), async ({ imagesShape, boxes, boxIndices, options, seed }) => {
        const images = randomOperand(imagesShape, seed);
        const expected = oracle.cropAndResize(images, boxes, boxIndices, options);
        expectWithinBound(await cropped(images, boxes, boxIndices, options), expected, "cropAndResize y");
      }),
      { numRuns: sampled(60) },
    );
  });

  // TensorFlow's crop_and_resize_op_test.
  test.each(
    sampledCases([
      ["the middle", [2, 2], [0, 0, 1, 1], { size: 1 }, [2.5]],
      ["the middle, flipped", [2, 2], [1, 1, 0, 0], { size: 1 }, [2.5]],
      ["3 × 3 of 2 × 2", [2, 2], [0, 0, 1, 1], { size: 3 }, [1, 1.5, 2, 2, 2.5, 3, 3, 3.5, 4]],
      ["3 × 3 of 2 × 2, the nearest", [2, 2], [0, 0, 1, 1], { size: 3, mode: "nearest" }, [1, 2, 2, 3, 4, 4, 3, 4, 4]],
      ["3 × 3 of 2 × 2, flipped", [2, 2], [1, 1, 0, 0], { size: 3 }, [4, 3.5, 3, 3, 2.5, 2, 2, 1.5, 1]],
      ["2 × 2 of 3 × 3", [3, 3], [0, 0, 1, 1], { size: 2 }, [1, 3, 7, 9]],
      ["2 × 2 of a quarter", [3, 3], [0, 0, 0.5, 0.5], { size: 2 }, [1, 2, 4, 5]],
      ["outside", [2, 2], [-1, -1, 1, 1], { size: 3, extrapolationValue: -9 }, [-9, -9, -9, -9, 1, 2, -9, 3, 4]],
    ] as const),
  )("gives known values: %s", async (_, [h, w], box, options, expected) => {
    expect([...(await cropped(counted(h, w), boxesOf(box), ofFirst(1), options))]).toEqual(expected);
  });

  test.each(sampledCases(["bilinear", "nearest"] as const))("copies whole images bit for bit, %s", async (mode) => {
    // Products such as 46 · (1 / 46) are not 1 in float32. The last row and column must not be outside.
    for (const [h, w] of [
      [47, 7],
      [50, 99],
      [1, 83],
    ] as const) {
      const images = randomOperand([1, h, w, 2], 1);
      images.data.set([-0, Number.NaN, Number.POSITIVE_INFINITY], 4);
      const options = { size: [h, w], mode, extrapolationValue: Number.NaN } as const;
      expect(await cropped(images, boxesOf([0, 0, 1, 1]), ofFirst(1), options)).toEqual(images.data);
    }
  });

  test("reads no pixel of weight 0", async () => {
    const images = {
      data: Float32Array.of(1, Number.POSITIVE_INFINITY, 3, Number.NaN, 5, 6, 7, 8, 9),
      shape: [1, 3, 3, 1],
    };
    const options = { size: [1, 2] } as const;
    expect([...(await cropped(images, boxesOf([1, 0, 1, 1], [0, 0, 1, 0]), ofFirst(2), options))]).toEqual([
      7,
      9,
      Number.NaN,
      Number.NaN,
    ]);
    expect([...(await cropped(images, boxesOf([0, 0, 0, 1], [0.5, 0.5, 0.5, 1]), ofFirst(2), options))]).toEqual([
      1, 3, 5, 6,
    ]);
  });

  test("shows the edges of a box of the whole image at every size", async () => {
    const images = counted(23, 1);
    for (let size = 2; size < 60; size++) {
      const y = await cropped(images, boxesOf([0, 0, 1, 0], [1, 0, 0, 0]), ofFirst(2), { size: [size, 1] });
      expect([y[0], y[size - 1], y[size], y[2 * size - 1]]).toEqual([1, 23, 23, 1]);
    }
  });

  test("gives NaN for an index without an image and the constant for a box that is not finite", async () => {
    const indices = { data: Float32Array.of(-1, 1, 0.5, Number.NaN, 0), shape: [5] };
    const boxes = boxesOf([0, 0, 1, 1], [0, 0, 1, 1], [0, 0, 1, 1], [0, 0, 1, 1], [Number.NaN, 0, 1, 1]);
    const y = await cropped(counted(2, 2), boxes, indices, { size: [1, 2], extrapolationValue: 7 });
    expect([...y]).toEqual([...Array(8).fill(Number.NaN), 7, 7]);
  });

  test("refuses a gradient for boxes", () => {
    backend().tidy(() => {
      const [images, boxes, indices] = [counted(2, 2), boxesOf([0, 0, 1, 1]), ofFirst(1)].map((operand) =>
        upload(backend(), operand),
      );
      if (!images || !boxes || !indices) throw new Error("three tensors");
      const through = () =>
        valueAndGradients(([boxes]) => reduceSum(cropAndResize(images, boxes, indices, { size: 2 })), [boxes] as const);
      expect(through).toThrow(OptionError);
      expect(through).toThrow("cropAndResize: boxes has no gradient; compute it outside of valueAndGradients");
    });
  });
});

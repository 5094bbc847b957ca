import fc from "fast-check";
import { expect, test } from "vitest";
import { depthToSpace, mul, reduceSum, spaceToDepth, type Tensor, valueAndGradients } from "webgpu-cnn";
import { describeOnEachBackend, evaluate, upload } from "../../support/backends.js";
import { expectWithinBound } from "../../support/expectWithinBound.js";
import * as oracle from "../../support/float64.js";
import { randomOperand } from "../../support/random.js";
import { sampled } from "../../support/sampling.js";
import { blockCase } from "../../support/shapeArbitraries.js";

describeOnEachBackend("depthToSpace", (backend) => {
  const wide = (x: oracle.Operand, options: oracle.BlockOptions) =>
    evaluate(backend(), () => depthToSpace(upload(backend(), x), options));

  test("moves every value exactly over random geometry, and spaceToDepth undoes it", async () => {
    await fc.assert(
      fc.asyncProperty(blockCase(), async ({ deepShape, options, seed }) => {
        const x = randomOperand(deepShape, seed);
        expectWithinBound(await wide(x, options), oracle.depthToSpace(x, options), "depthToSpace y");
        const back = await evaluate(backend(), () =>
          spaceToDepth(depthToSpace(upload(backend(), x), options), options),
        );
        expect(back).toEqual(x.data);
      }),
      { numRuns: sampled(60) },
    );
  });

  // From TensorFlow's documentation of depth_to_space and ONNX's of DepthToSpace, mode CRD.
  test.each([
    [[1, 1, 1, 4], { blockSize: 2 }, [1, 2, 3, 4]],
    [[1, 1, 1, 12], { blockSize: 2 }, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]],
    [[1, 2, 2, 4], { blockSize: 2 }, [1, 2, 5, 6, 3, 4, 7, 8, 9, 10, 13, 14, 11, 12, 15, 16]],
    [[1, 1, 1, 8], { blockSize: 2, mode: "CRD" }, [1, 5, 2, 6, 3, 7, 4, 8]],
    [[1, 8, 1, 1], { blockSize: 2, layout: "nchw" }, [1, 3, 5, 7, 2, 4, 6, 8]],
    [[1, 8, 1, 1], { blockSize: 2, mode: "CRD", layout: "nchw" }, [1, 2, 3, 4, 5, 6, 7, 8]],
  ] as const)("spreads 1, 2, … of %j by %j", async (shape, options, expected) => {
    const data = Float32Array.from({ length: oracle.sizeOf(shape) }, (_, i) => i + 1);
    expect([...(await wide({ data, shape }, options))]).toEqual(expected);
  });

  test("its gradient in valueAndGradients is spaceToDepth", async () => {
    const x = randomOperand([2, 3, 2, 12], 1);
    for (const mode of ["DCR", "CRD"] as const) {
      const dy = randomOperand([2, 6, 4, 3], 2);
      const dx = await evaluate(backend(), () => {
        const loss = ([x]: readonly [Tensor]) =>
          reduceSum(mul(depthToSpace(x, { blockSize: 2, mode }), upload(backend(), dy)));
        return valueAndGradients(loss, [upload(backend(), x)] as const).gradients[0];
      });
      expectWithinBound(dx, oracle.spaceToDepth(dy, { blockSize: 2, mode }), "dx");
      const forward = (data: Float64Array) =>
        oracle.depthToSpace({ data, shape: x.shape }, { blockSize: 2, mode }).values;
      const slopes = oracle.finiteDifference(forward, x.data, dy.data);
      for (const [i, slope] of slopes.entries()) expect(dx[i]).toBeCloseTo(slope, 5);
    }
  });
});

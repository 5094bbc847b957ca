import fc from "fast-check";
import { expect, test } from "vitest";
import { mul, reduceSum, spaceToDepth, type Tensor, valueAndGradients } from "webgpu-cnn";
import { describeOnEachBackend, evaluate, upload } from "../../support/backends.js";
import { expectWithinBound } from "../../support/expectWithinBound.js";
import * as oracle from "../../support/float64.js";
import { randomOperand } from "../../support/random.js";
import { sampled } from "../../support/sampling.js";
import { blockCase } from "../../support/shapeArbitraries.js";

describeOnEachBackend("spaceToDepth", (backend) => {
  const deep = (x: oracle.Operand, options: oracle.BlockOptions) =>
    evaluate(backend(), () => spaceToDepth(upload(backend(), x), options));

  test("moves every value exactly over random geometry", async () => {
    await fc.assert(
      fc.asyncProperty(blockCase(), async ({ wideShape, options, seed }) => {
        const x = randomOperand(wideShape, seed);
        expectWithinBound(await deep(x, options), oracle.spaceToDepth(x, options), "spaceToDepth y");
      }),
      { numRuns: sampled(60) },
    );
  });

  // From TensorFlow's documentation of space_to_depth. The others are from PyTorch's PixelUnshuffle.
  test.each([
    [[1, 2, 2, 3], { blockSize: 2 }, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]],
    [[1, 4, 4, 1], { blockSize: 2 }, [1, 2, 5, 6, 3, 4, 7, 8, 9, 10, 13, 14, 11, 12, 15, 16]],
    [[1, 2, 2, 2], { blockSize: 2, mode: "CRD" }, [1, 3, 5, 7, 2, 4, 6, 8]],
    [[1, 2, 2, 2], { blockSize: 2, mode: "CRD", layout: "nchw" }, [1, 2, 3, 4, 5, 6, 7, 8]],
  ] as const)("gathers 1, 2, … of %j by %j", async (shape, options, expected) => {
    const data = Float32Array.from({ length: oracle.sizeOf(shape) }, (_, i) => i + 1);
    expect([...(await deep({ data, shape }, options))]).toEqual(expected);
  });

  test("its gradient in valueAndGradients is depthToSpace", async () => {
    const [x, dy] = [randomOperand([2, 6, 4, 3], 1), randomOperand([2, 3, 2, 12], 2)];
    const dx = await evaluate(backend(), () => {
      const loss = ([x]: readonly [Tensor]) => reduceSum(mul(spaceToDepth(x, { blockSize: 2 }), upload(backend(), dy)));
      return valueAndGradients(loss, [upload(backend(), x)] as const).gradients[0];
    });
    expectWithinBound(dx, oracle.depthToSpace(dy, { blockSize: 2 }), "dx");
  });
});

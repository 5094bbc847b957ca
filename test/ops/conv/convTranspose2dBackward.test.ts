import fc from "fast-check";
import { expect, test } from "vitest";
import { convTranspose2dBackward } from "webgpu-cnn";
import { describeOnEachBackend, upload } from "../../support/backends.js";
import { convTranspose2dCase } from "../../support/convolutionCases.js";
import { expectWithinBound } from "../../support/expectWithinBound.js";
import * as oracle from "../../support/float64.js";
import { randomOperand } from "../../support/random.js";
import { sampled } from "../../support/sampling.js";

describeOnEachBackend("convTranspose2dBackward", (backend) => {
  async function gradients(
    x: oracle.Operand,
    w: oracle.Operand,
    dy: oracle.Operand,
    options: oracle.ConvTranspose2dWalkOptions,
  ) {
    const { dx, dw, db } = backend().tidy(() =>
      convTranspose2dBackward(upload(backend(), x), upload(backend(), w), upload(backend(), dy), options),
    );
    const values = { dx: await dx.read(), dw: await dw.read(), db: await db.read() };
    expect([dx.shape, dw.shape]).toEqual([x.shape, w.shape]);
    for (const tensor of [dx, dw, db]) tensor.dispose();
    return values;
  }

  test("keeps the numerical promise over random geometry", async () => {
    await fc.assert(
      fc.asyncProperty(convTranspose2dCase(), async ({ xShape, wShape, options, seed }) => {
        const [x, w] = [randomOperand(xShape, seed), randomOperand(wShape, seed + 1)];
        const dy = randomOperand(oracle.convTranspose2dOutputShape(xShape, wShape, options), seed + 2);
        const { dx, dw, db } = await gradients(x, w, dy, options);
        const expected = oracle.convTranspose2dBackward(x, w, dy, options);
        expectWithinBound(dx, expected.dx, "convTranspose2dBackward dx");
        expectWithinBound(dw, expected.dw, "convTranspose2dBackward dw");
        expectWithinBound(db, expected.db, "convTranspose2dBackward db");
      }),
      { numRuns: sampled(80) },
    );
  });

  test("agrees with finite differences of the forward", async () => {
    const options = { strides: [2, 3], padding: [1, 0, 0, 2], outputPadding: [1, 2], groups: 2 } as const;
    const [x, w, bias] = [randomOperand([1, 3, 4, 4], 1), randomOperand([3, 2, 3, 4], 2), randomOperand([6], 3)];
    const dy = randomOperand(oracle.convTranspose2dOutputShape(x.shape, w.shape, options), 4);
    const { dx, dw, db } = await gradients(x, w, dy, options);
    const slopes = (forward: (data: Float64Array) => oracle.Expected, point: Float32Array) =>
      oracle.finiteDifference((data) => forward(data).values, point, dy.data);
    const ofX = slopes((data) => oracle.convTranspose2d({ data, shape: x.shape }, w, options), x.data);
    const ofW = slopes((data) => oracle.convTranspose2d(x, { data, shape: w.shape }, options), w.data);
    const ofBias = slopes(
      (data) => oracle.convTranspose2d(x, w, { ...options, bias: { data, shape: bias.shape } }),
      bias.data,
    );
    for (const [i, slope] of ofX.entries()) expect(dx[i]).toBeCloseTo(slope, 5);
    for (const [i, slope] of ofW.entries()) expect(dw[i]).toBeCloseTo(slope, 5);
    for (const [i, slope] of ofBias.entries()) expect(db[i]).toBeCloseTo(slope, 5);
  });

  test("gives the same bits on every run", async () => {
    const [x, w] = [randomOperand([2, 7, 6, 12], 5), randomOperand([3, 3, 20, 12], 6)];
    const dy = randomOperand([2, 14, 12, 20], 7);
    const options = { strides: 2, padding: "same" } as const;
    const first = await gradients(x, w, dy, options);
    for (let i = 0; i < 3; i++) expect(await gradients(x, w, dy, options)).toEqual(first);
  });
});

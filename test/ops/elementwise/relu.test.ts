import fc from "fast-check";
import { expect, test } from "vitest";
import { relu } from "webgpu-cnn";
import { anyShape, SPECIAL_VALUES } from "../../support/arbitraries.js";
import { describeOnEachBackend, evaluate, upload } from "../../support/backends.js";
import { expectWithinBound } from "../../support/expectWithinBound.js";
import * as oracle from "../../support/float64.js";
import { randomOperand } from "../../support/random.js";

describeOnEachBackend("relu", (backend) => {
  const activate = (x: oracle.Operand) => evaluate(backend(), () => relu(upload(backend(), x)));

  test("is exact over random shapes", async () => {
    await fc.assert(
      fc.asyncProperty(anyShape(), fc.nat(), async (shape, seed) => {
        const x = randomOperand(shape, seed);
        expectWithinBound(await activate(x), oracle.relu(x), "relu y");
      }),
      { numRuns: 60 },
    );
  });

  test("keeps NaN, and takes infinities as they come", async () => {
    expect([...(await activate({ data: SPECIAL_VALUES, shape: [SPECIAL_VALUES.length] }))]).toEqual(
      Array.from(SPECIAL_VALUES, (value) => (value < 0 ? 0 : value)),
    );
  });
});

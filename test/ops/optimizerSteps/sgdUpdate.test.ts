import fc from "fast-check";
import { expect, test } from "vitest";
import { OptionError, ShapeError, sgdUpdate } from "webgpu-cnn";
import { describeOnEachBackend, upload } from "../../support/backends.js";
import { expectWithinBound } from "../../support/expectWithinBound.js";
import * as oracle from "../../support/float64.js";
import { randomOperand } from "../../support/random.js";
import { expectRefusal, wrong, zerosOn } from "../../support/refusals.js";
import { sampled } from "../../support/sampling.js";
import { anyShape } from "../../support/shapeArbitraries.js";

const hyperOf = (...values: number[]) => ({ data: Float32Array.from(values), shape: [values.length] });

describeOnEachBackend("sgdUpdate", (backend) => {
  async function step(
    w: oracle.Operand,
    dw: oracle.Operand,
    velocity: oracle.Operand | undefined,
    hyper: oracle.Operand,
    options: oracle.SgdOptions,
  ) {
    const made = backend().tidy(() => {
      const [weights, gradients, rates] = [w, dw, hyper].map((operand) => upload(backend(), operand));
      if (!weights || !gradients || !rates) throw new Error("three operands give three tensors");
      return sgdUpdate(weights, gradients, velocity && upload(backend(), velocity), rates, options);
    });
    const read = { w: await made.w.read(), velocity: await made.velocity?.read() };
    made.w.dispose();
    made.velocity?.dispose();
    return read;
  }

  const share = fc.double({ min: 0, max: 0.999, noNaN: true });

  test("keeps the numerical promise over random shapes, rates and options", async () => {
    const options = fc.record(
      { momentum: fc.double({ min: 0.01, max: 0.999, noNaN: true }), nesterov: fc.boolean(), weightDecay: share },
      { requiredKeys: ["momentum"] },
    );
    await fc.assert(
      fc.asyncProperty(anyShape(), options, share, share, fc.nat(), async (shape, options, rate, scale, seed) => {
        const [w, dw, velocity] = [
          randomOperand(shape, seed),
          randomOperand(shape, seed + 1),
          randomOperand(shape, seed + 2),
        ];
        const hyper = hyperOf(rate, scale);
        const got = await step(w, dw, velocity, hyper, options);
        const expected = oracle.sgdUpdate(w, dw, velocity, hyper, options);
        expectWithinBound(got.w, expected.w, "sgdUpdate w");
        expectWithinBound(got.velocity ?? new Float32Array(), expected.velocity, "sgdUpdate velocity");
      }),
      { numRuns: sampled(80) },
    );
  });

  test("keeps the numerical promise without a velocity and gives none", async () => {
    await fc.assert(
      fc.asyncProperty(anyShape(), share, share, fc.nat(), async (shape, weightDecay, rate, seed) => {
        const [w, dw, hyper] = [randomOperand(shape, seed), randomOperand(shape, seed + 1), hyperOf(rate, 1)];
        const got = await step(w, dw, undefined, hyper, { weightDecay });
        expect(got.velocity).toBeUndefined();
        expectWithinBound(got.w, oracle.sgdUpdate(w, dw, undefined, hyper, { weightDecay }).w, "sgdUpdate w");
      }),
      { numRuns: sampled(40) },
    );
  });

  test("a NaN changes only its own element, and every run gives the same bits", async () => {
    for (const size of [5001, 300_000]) {
      const [w, dw, velocity] = [randomOperand([size], 1), randomOperand([size], 2), randomOperand([size], 3)];
      dw.data[77] = Number.NaN;
      dw.data[78] = Number.POSITIVE_INFINITY;
      const options = { momentum: 0.9, nesterov: true };
      const first = await step(w, dw, velocity, hyperOf(0.1, 0.5), options);
      const expected = oracle.sgdUpdate(w, dw, velocity, hyperOf(0.1, 0.5), options);
      expectWithinBound(first.w, expected.w, "sgdUpdate w");
      expect(first.w[77]).toBeNaN();
      expect(first.w[78]).toBe(Number.NEGATIVE_INFINITY);
      expect(await step(w, dw, velocity, hyperOf(0.1, 0.5), options)).toEqual(first);
    }
  });

  const zeros = zerosOn(backend);

  test.each<readonly [message: string, options: unknown]>([
    ["momentum is 1, expected a number in [0, 1)", { momentum: 1 }],
    ["momentum is NaN, expected a number in [0, 1)", { momentum: Number.NaN }],
    ["weightDecay is -1, expected a number in [0, Infinity)", { weightDecay: -1 }],
    ["nesterov is 1, expected true or false", { nesterov: 1 }],
    ["nesterov is true, expected a momentum with it, such as 0.9", { nesterov: true }],
    ["unknown option momentun; did you mean momentum?", { momentun: 0.9 }],
  ])("refuses: %s", (message, options) => {
    expectRefusal(backend(), OptionError, `sgdUpdate: ${message}`, () =>
      sgdUpdate(zeros(3), zeros(3), zeros(3), zeros(2), wrong(options)),
    );
  });

  test("refuses a momentum without a velocity and shapes that disagree", () => {
    const message = "sgdUpdate: momentum is 0.9, but velocity is undefined; start it with zeros";
    expectRefusal(backend(), OptionError, message, () =>
      sgdUpdate(zeros(3), zeros(3), undefined, zeros(2), { momentum: 0.9 }),
    );
    const refuses = (message: string, call: () => unknown) =>
      expectRefusal(backend(), ShapeError, `sgdUpdate: ${message}`, call);
    refuses("dw is [4], expected the shape of w [3]", () => sgdUpdate(zeros(3), zeros(4), zeros(3), zeros(2)));
    refuses("velocity is [3, 1], expected the shape of w [3]", () =>
      sgdUpdate(zeros(3), zeros(3), zeros(3, 1), zeros(2)),
    );
    refuses("hyper is [4], expected [2]: learningRate, gradientScale", () =>
      sgdUpdate(zeros(3), zeros(3), zeros(3), zeros(4)),
    );
  });
});

import fc from "fast-check";
import { expect, test } from "vitest";
import { add, type Tensor } from "webgpu-cnn";
import { trainDistributed, workDistributed } from "webgpu-cnn/distributed";
import { Adam, Concatenate, cosineDecay, Dense, input, Layer, Model, SGD } from "webgpu-cnn/nn";
import { propertySeed } from "../../support/propertySeed.js";
import { describeWithNats } from "../support/describeWithNats.js";
import { smallNet, stripes } from "../support/nets.js";
import { plainRounds } from "../support/plainRounds.js";
import { trainWith, weightsOf } from "../support/training.js";
import { LOSS, siteOfTests } from "./siteOfTests.js";

describeWithNats("the bits of trainDistributed", () => {
  const openSite = siteOfTests();

  test("has the bits of the plain computation, for any division and any number of workers", async () => {
    const site = openSite();
    const { backend } = site;
    const divisions = fc.record({
      replicas: fc.integer({ min: 1, max: 6 }),
      localSteps: fc.constantFrom(1, 1, 2, 3),
      epochs: fc.integer({ min: 1, max: 2 }),
      batchSize: fc.integer({ min: 3, max: 16 }),
      shuffle: fc.boolean(),
      dropLast: fc.boolean(),
      examples: fc.integer({ min: 16, max: 40 }),
      workers: fc.integer({ min: 1, max: 3 }),
      adam: fc.boolean(),
    });
    const check = fc.asyncProperty(divisions, async ({ examples, workers, adam, ...division }) => {
      const data = stripes(examples);
      const optimizer = () => (adam ? new Adam({ clipNorm: 1 }) : new SGD({ learningRate: 0.1, momentum: 0.9 }));
      const plain = await plainRounds({ backend, model: smallNet, optimizer, loss: LOSS, data, seed: 1, ...division });
      const model = site.compiled(optimizer());
      const rounds = await trainWith(workers, backend, { ...site.newJob(), model, data, ...division });
      expect(rounds).toEqual(plain);
      expect(model.epochsDone).toBe(division.epochs);
      model.dispose();
    });
    // The last batch is too small for all replicas: one has an example in its second step only.
    const late = { replicas: 6, localSteps: 2 as const, epochs: 1, batchSize: 3, examples: 17, workers: 1 };
    await fc.assert(check, {
      examples: [[{ ...late, shuffle: true, dropLast: false, adam: true }]],
      numRuns: 9,
      seed: propertySeed("divisions"),
      endOnFailure: true,
    });
  });

  test.each([1, 3])(
    "in float16 has bits of its own, the same for any number of workers, localSteps %i",
    async (localSteps) => {
      const site = openSite();
      const { backend } = site;
      const data = stripes(48);
      const division = { replicas: 4, localSteps, epochs: 2, batchSize: 12, data };
      const train = async (workers: number, precision: "float16" | "float32") => {
        const model = site.compiled(new SGD({ learningRate: 0.1 }));
        const rounds = await trainWith(workers, backend, { ...site.newJob(), model, precision, ...division });
        model.dispose();
        return rounds;
      };
      const [one, three, exact] = [await train(1, "float16"), await train(3, "float16"), await train(1, "float32")];
      expect(one).toEqual(three);
      expect(one).not.toEqual(exact);
      for (const [name, values] of exact.at(-1) ?? []) {
        const half = one.at(-1)?.get(name) ?? [];
        // Halves are exact to 2⁻¹¹, and errors of a round do not add up.
        const distances = [...values].map((value, i) => Math.abs((half[i] ?? Number.NaN) - value));
        expect(Math.max(...distances)).toBeLessThan(0.02);
      }
    },
  );

  test("fit goes on where it ended, and a schedule counts all steps", async () => {
    const site = openSite();
    const { backend } = site;
    const data = stripes(32);
    const make = () => site.compiled(new SGD({ learningRate: cosineDecay(0.1, 16), momentum: 0.9 }), { metrics: [] });
    // One replica is fit.
    const [model, plain] = [make(), make()];
    await model.fit(data, { epochs: 1, batchSize: 8 });
    await trainWith(1, backend, { ...site.newJob(), model, data, replicas: 1, epochs: 2, batchSize: 8 });
    await model.fit(data, { epochs: 1, batchSize: 8 });
    await plain.fit(data, { epochs: 4, batchSize: 8 });
    expect(await weightsOf(model)).toEqual(await weightsOf(plain));
    expect([model.epochsDone, model.stepsDone]).toEqual([4, 16]);
  });

  test("weights of examples and classes, augmentation and frozen layers count as in fit", async () => {
    const site = openSite();
    const { backend } = site;
    const data = { ...stripes(24), sampleWeight: Float32Array.from({ length: 24 }, (_, i) => (i % 3) / 2) };
    const options = {
      epochs: 2,
      batchSize: 8,
      augment: { flip: true, shift: 1 },
      classWeight: { 1: 3 },
      seed: 9,
      data,
    };
    const make = () => {
      const model = site.compiled(new SGD({ learningRate: 0.1 }));
      for (const layer of model.layers.slice(0, 2)) layer.trainable = false;
      return model;
    };
    const [model, plain] = [make(), make()];
    const before = await weightsOf(model);
    await trainWith(2, backend, { ...site.newJob(), model, replicas: 1, ...options });
    const { data: same, ...fit } = options;
    await plain.fit(same, fit);
    const after = await weightsOf(model);
    expect(after).toEqual(await weightsOf(plain));
    for (const name of ["conv2d.kernel", "batch_normalization.movingMean"]) {
      expect(after.get(name)).toEqual(before.get(name));
    }
  });

  test("takes models with several inputs and outputs, and layers of one's own", async () => {
    const site = openSite();
    const { backend } = site;
    class Twice extends Layer {
      override call(x: Tensor): Tensor {
        return add(x, x);
      }
    }
    const make = () => {
      const [a, b] = [input([2]), input([3])];
      const both = new Twice().apply(new Concatenate().apply([a, b]));
      const outputs = { sum: new Dense({ units: 1 }).apply(both), kind: new Dense({ units: 2 }).apply(both) };
      const model = new Model({ inputs: { a, b }, outputs }).build(backend, { seed: 3 });
      model.compile({ optimizer: "adam", loss: { sum: "meanSquaredError", kind: LOSS }, lossWeights: { kind: 0.5 } });
      return model;
    };
    const [model, plain] = [make(), make()];
    const values = (length: number) => Float32Array.from({ length }, (_, i) => Math.fround(Math.sin(i)));
    const data = {
      inputs: { a: { data: values(16), shape: [8, 2] }, b: { data: values(24), shape: [8, 3] } },
      targets: { sum: { data: values(8) }, kind: { data: [0, 1, 0, 1, 1, 0, 1, 0] } },
    };
    const job = site.newJob();
    const worker = workDistributed({ ...job, backend, data, layers: { Twice } });
    const without = workDistributed({ ...job, backend, data });
    const refused = expect(without).rejects.toThrow(/Twice/);
    for await (const _ of await trainDistributed({ ...job, model, data, replicas: 1, epochs: 2, batchSize: 4 }));
    await Promise.all([worker, refused]);
    await plain.fit(data, { epochs: 2, batchSize: 4 });
    expect(await weightsOf(model)).toEqual(await weightsOf(plain));
  });
});

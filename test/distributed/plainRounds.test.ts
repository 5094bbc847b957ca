import { expect, test } from "vitest";
import type { Backend } from "webgpu-cnn";
import { Adam, Dense, Flatten, type Optimizer, Sequential, SGD } from "webgpu-cnn/nn";
import { describeOnEachBackend } from "../support/backends.js";
import { smallNet, stripes } from "./support/nets.js";
import { type PlainOptions, plainRounds, type Values, valuesOf } from "./support/plainRounds.js";

type Model = (backend: Backend) => Sequential;

const withNormalization: Model = (backend) => smallNet(backend, 7);
/** Nothing in it depends on how a batch is cut, but for rounding. */
const plain: Model = (backend) =>
  new Sequential([new Flatten(), new Dense({ units: 8, activation: "tanh" }), new Dense({ units: 3 })]).build(backend, {
    inputShape: [8, 8, 1],
    seed: 7,
  });

// Distributed training is compared to this computation. So this computation is compared to `fit`.
describeOnEachBackend("plain rounds", (backend) => {
  // Three batches an epoch. The last one is smaller.
  const data = stripes(44);
  const rounds = (
    model: Model,
    optimizer: () => Optimizer,
    options: Partial<PlainOptions> & { readonly replicas: number },
  ) => {
    const common = { data, batchSize: 16, seed: 7, loss: "softmaxCrossEntropy" } as const;
    return plainRounds({ ...common, backend: backend(), model, optimizer, ...options });
  };
  const fitted = async (make: Model, optimizer: Optimizer, epochs: number): Promise<Values> => {
    using model = make(backend()).compile({ optimizer, loss: "softmaxCrossEntropy" });
    await model.fit(data, { epochs, batchSize: 16, seed: 7 });
    return valuesOf(model.weights);
  };

  test.each<readonly [string, () => Optimizer]>([
    ["Adam with a schedule", () => new Adam({ learningRate: (step) => 0.01 / (1 + step) })],
    ["SGD with momentum and a clipped norm", () => new SGD({ learningRate: 0.1, momentum: 0.9, clipNorm: 0.5 })],
  ])("one replica and one local step give the bits of fit: %s", async (_, optimizer) => {
    const after = await rounds(withNormalization, optimizer, { replicas: 1, epochs: 2 });
    expect(after).toHaveLength(6);
    expect(after.at(-1)).toEqual(await fitted(withNormalization, optimizer(), 2));
  });

  test("replicas give what fit gives but for rounding, where layers see one example at a time", async () => {
    const optimizer = () => new SGD({ learningRate: 0.1, momentum: 0.9 });
    const whole = await fitted(plain, optimizer(), 2);
    for (const replicas of [3, 14]) {
      const after = await rounds(plain, optimizer, { replicas, epochs: 2 });
      expect(largestDifference(after.at(-1), whole)).toBeLessThan(1e-5);
    }
  });

  test("local steps of one replica are those of fit but for rounding, if the optimizer has no state", async () => {
    const after = await rounds(plain, () => new SGD({ learningRate: 0.1 }), { replicas: 1, localSteps: 2, epochs: 2 });
    // The second round of each epoch has one batch.
    expect(after).toHaveLength(4);
    expect(largestDifference(after.at(-1), await fitted(plain, new SGD({ learningRate: 0.1 }), 2))).toBeLessThan(1e-5);
  });

  test("local steps of several replicas are another training than steps of the whole batch", async () => {
    const optimizer = () => new SGD({ learningRate: 0.1 });
    const whole = await rounds(plain, optimizer, { replicas: 2 });
    const local = await rounds(plain, optimizer, { replicas: 2, localSteps: 3 });
    expect(local).toHaveLength(1);
    expect(largestDifference(local[0], whole[2])).toBeGreaterThan(1e-4);
  });

  test("a round with one batch is one step of the whole batch but for rounding", async () => {
    const optimizer = () => new SGD({ learningRate: 0.1 });
    const some = { data: stripes(15), batchSize: 16 };
    const [whole] = await rounds(plain, optimizer, { replicas: 1, ...some });
    const [local] = await rounds(plain, optimizer, { replicas: 4, localSteps: 2, ...some });
    expect(largestDifference(local, whole)).toBeLessThan(1e-6);
  });
});

function largestDifference(a: Values | undefined, b: Values | undefined): number {
  const differences = [...(a ?? [])].map(([name, values]) =>
    values.reduce((largest, value, i) => Math.max(largest, Math.abs(value - (b?.get(name)?.[i] ?? Number.NaN))), 0),
  );
  return Math.max(...differences);
}

import fc from "fast-check";
import { expect, test } from "vitest";
import { type Backend, createBackend, mul, type Tensor } from "webgpu-cnn";
import {
  BatchNormalization,
  type BuildScope,
  type CallContext,
  Dense,
  Dropout,
  Flatten,
  type LabelledImages,
  Layer,
  Sequential,
  SGD,
} from "webgpu-cnn/nn";
import { BACKEND_KINDS, describeOnSampledBackends } from "../support/backends.js";
import { requestDevice } from "../support/device.js";
import { isFull, sampled, sampledCases } from "../support/sampling.js";
import { bars } from "./support/bars.js";

/** Which of the model's own layers fails now, and when. */
const faults = { build: false, call: false, loss: false };

/** Passes its input on, and fails when it is told to. It has a weight and a layer inside, so a failure comes in the middle. */
class Faulty extends Layer {
  readonly #inside = new Dense({ units: 6 });

  override build(scope: BuildScope): void {
    scope.weight("own", [3], "ones");
    scope.part(this.#inside, [6]);
    scope.weight("more", [2], "ones");
    if (faults.build) throw new Error("faulty build");
  }

  override call(x: Tensor, context: CallContext): Tensor {
    const y = this.#inside.callAll([x], context)[0] ?? x;
    if (faults.call) throw new Error("faulty call");
    return y;
  }
}

const loss = (output: Tensor, target: Tensor): Tensor => {
  const product = mul(output, output);
  if (faults.loss) throw new Error("faulty loss");
  return target.shape.length > 9 ? target : product;
};

const TRAIN = bars(22, 1);
const OPTIONS = { batchSize: 8, epochs: 2 } as const;

function batch(i: number, label?: number): LabelledImages {
  const labels = TRAIN.labels.slice(4 * i, 4 * i + 4);
  if (label !== undefined) labels.fill(label);
  return { images: TRAIN.images.slice(256 * i, 256 * i + 256), shape: [4, 8, 8, 1], labels };
}

/** A training to its end or its error. The error must be one of those that the actions make. */
async function outcome(work: () => Promise<unknown>): Promise<void> {
  try {
    await work();
  } catch (error) {
    expect(String(error)).toMatch(/faulty|is 7, expected a class|Lost|compile the model|lacks|is NaN|was disposed of/);
  }
}

/** What is done to a model, in any order. */
const ACTIONS: Readonly<Record<string, (model: Sequential, backend: Backend) => PromiseLike<unknown>>> = {
  fit: (model) => model.fit(TRAIN, { ...OPTIONS, startEpoch: true }),
  compile: async (model) => {
    model.compile({ optimizer: "adam", loss: "softmaxCrossEntropy", metrics: ["accuracy"] });
  },
  "compile again": async (model) => {
    model.compile({ optimizer: new SGD({ learningRate: 0.1, momentum: 0.9 }), loss });
  },
  "a compile that is refused": async (model) => {
    model.compile({ optimizer: new SGD({ learningRate: () => Number.NaN }), loss: "softmaxCrossEntropy" });
  },
  "a call that fails": (model) => {
    faults.call = true;
    return model.fit(TRAIN, { ...OPTIONS, batchSize: 11, startEpoch: true });
  },
  "a loss that fails": (model) => {
    faults.loss = true;
    model.compile({ optimizer: "rmsprop", loss });
    return model.fit(TRAIN, { ...OPTIONS, startEpoch: true });
  },
  "bad labels in the third batch": (model) => model.fit(() => [batch(0), batch(1), batch(2, 7)], { startEpoch: true }),
  "a stream that fails": (model) =>
    model.fit(
      async function* () {
        yield batch(0);
        yield batch(1);
        throw new Error("faulty stream");
      },
      { startEpoch: true },
    ),
  "an abort": (model) => {
    const controller = new AbortController();
    const run = async () => {
      for await (const { step } of model.fit(TRAIN, { ...OPTIONS, startEpoch: true, signal: controller.signal })) {
        if (step === 2) controller.abort(new Error("faulty user"));
      }
    };
    return run();
  },
  break: async (model) => {
    for await (const { step } of model.fit(TRAIN, { ...OPTIONS, startEpoch: true, reportEvery: 2 }))
      if (step === 2) break;
  },
  "an error in the loop": async (model) => {
    for await (const _ of model.fit(TRAIN, { ...OPTIONS, startEpoch: true })) throw new Error("faulty body");
  },
  "two evaluations at once": (model) => Promise.all([1, 2, 3].map(() => model.evaluate(TRAIN, { batchSize: 6 }))),
  predictAll: (model) => model.predictAll(TRAIN, { batchSize: 5 }),
  "a prediction that fails": (model) => {
    faults.call = true;
    return model.predictAll(TRAIN, { batchSize: 5 });
  },
  restore: async (model) => model.restore(await model.checkpoint()),
  "a restore that is refused": async (model) => {
    const { tensors, metadata } = await model.checkpoint();
    model.restore({ tensors: new Map([...tensors].slice(1)), metadata });
  },
  freeze: async (model) => {
    const [, , first] = model.layers;
    if (first) first.trainable = !first.trainable;
  },
  "early stopping": (model) =>
    model.fit(TRAIN, {
      ...OPTIONS,
      startEpoch: true,
      earlyStopping: { monitor: "loss", minDelta: 1e9, restoreBest: true },
    }),
  "a build that is refused": async (_, backend) => {
    faults.build = true;
    new Sequential([new Flatten(), new Dense({ units: 6 }), new Faulty()])
      .compile({ optimizer: "adam", loss })
      .build(backend, { inputShape: [8, 8, 1] });
  },
  "disposing in the middle": async (model) => {
    for await (const _ of model.fit(TRAIN, { ...OPTIONS, startEpoch: true })) model.dispose();
  },
  "disposing meanwhile": async (model) => {
    const running = Promise.allSettled([
      model.evaluate(TRAIN, { batchSize: 3 }),
      (async () => model.fit(TRAIN, { startEpoch: true }))(),
    ]);
    model.dispose();
    await running;
  },
};

const sequence = fc.array(fc.constantFrom(...Object.keys(ACTIONS)), { minLength: 2, maxLength: 5 });

const make = () =>
  new Sequential([
    new Flatten(),
    new Dense({ units: 6 }),
    new BatchNormalization(),
    new Dropout({ rate: 0.5 }),
    new Faulty(),
    new Dense({ units: 2 }),
  ]);

async function act(names: readonly string[], backend: Backend, model: Sequential): Promise<void> {
  for (const name of names) {
    await outcome(async () => {
      if (!model.isBuilt) model.build(backend, { inputShape: [8, 8, 1], seed: 3 });
      await ACTIONS[name]?.(model, backend);
    });
    Object.assign(faults, { build: false, call: false, loss: false });
  }
}

const countsOf = (backend: Backend) => {
  const { tensors, liveBytes } = backend.memory();
  return { tensors, liveBytes };
};

describeOnSampledBackends("memory after dispose() is where it was", 2, (backend) => {
  test.each(Object.keys(ACTIONS))("%s", async (name) => {
    await backend().settled();
    const before = countsOf(backend());
    const model = make();
    await act(["compile", name], backend(), model);
    model.dispose();
    await backend().settled();
    expect(countsOf(backend())).toEqual(before);
  });

  test("any of them, one after the other", () =>
    fc.assert(
      fc.asyncProperty(sequence, async (names) => {
        await backend().settled();
        const before = countsOf(backend());
        const model = make();
        await act(["compile", ...names], backend(), model);
        model.dispose();
        await backend().settled();
        expect(countsOf(backend())).toEqual(before);
      }),
      { numRuns: sampled(8) },
    ));
});

test.each(BACKEND_KINDS)("and so it is if the device is lost in the middle, on %s", async (kind) => {
  // What runs, and the turns of the event loop before the device is lost.
  const ways: readonly (readonly [name: string, ...turns: number[]])[] = [
    ["predictAll", 1, 0, 3],
    ["fit", 1, 0, 3],
    ["two evaluations at once", 1, 0, 3],
    ["early stopping", 3, 1, 8],
    ["restore", 0, 1],
  ];
  for (const [way, ...moments] of sampledCases(ways)) {
    for (const turns of isFull || kind !== "webgpu" ? moments : moments.slice(0, 1)) {
      const device = kind === "webgpu" ? await requestDevice() : undefined;
      const backend = await createBackend(device ? { device } : { kind });
      const before = countsOf(backend);
      const model = make();
      await act(["compile", "break"], backend, model);
      const running = act([way, "two evaluations at once"], backend, model);
      for (let i = 0; i < turns; i++) await new Promise((resolve) => setTimeout(resolve));
      if (device) device.destroy();
      else backend.destroy();
      await running;
      model.dispose();
      await backend.settled().catch(() => {});
      expect(countsOf(backend), `${way} after ${turns} turns`).toEqual(before);
    }
  }
});

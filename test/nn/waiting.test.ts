import { afterEach, describe, expect, test } from "vitest";
import { type Backend, BackendLostError, createBackend } from "webgpu-cnn";
import { Conv2D, Dense, Flatten, Sequential, SGD } from "webgpu-cnn/nn";
import { requestDevice } from "../support/device.js";

const SIDE = 12;

/** Zeros: nothing is learnt, but everything is computed. */
function dataset(examples: number) {
  return {
    images: new Float32Array(examples * SIDE * SIDE),
    shape: [examples, SIDE, SIDE, 1],
    labels: new Float32Array(examples),
  };
}

function modelOn(backend: Backend): Sequential {
  const layers = [
    new Conv2D({ filters: 8, kernelSize: 3, activation: "relu" }),
    new Flatten(),
    new Dense({ units: 2 }),
  ];
  const model = new Sequential(layers).build(backend, { inputShape: [SIDE, SIDE, 1] });
  return model.compile({ optimizer: new SGD(), loss: "softmaxCrossEntropy" });
}

const pause = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

describe("the CPU backend lets others have a turn", () => {
  /** How often a timer came, and the longest that it had to wait. */
  async function watching(work: Promise<unknown>): Promise<{ ticks: number; longest: number }> {
    let [ticks, longest, last] = [0, 0, performance.now()];
    const timer = setInterval(() => {
      const now = performance.now();
      ticks++;
      longest = Math.max(longest, now - last);
      last = now;
    }, 5);
    await work.finally(() => clearInterval(timer));
    return { ticks, longest };
  }

  test("while it evaluates", async () => {
    const backend = await createBackend({ kind: "cpu" });
    const start = performance.now();
    const { ticks } = await watching(modelOn(backend).evaluate(dataset(1500), { batchSize: 16 }));
    // One each 50 ms at least; half of that is granted to a machine that has other things to do.
    expect(ticks).toBeGreaterThan((performance.now() - start) / 100);
    backend.destroy();
  });

  test("while it trains, so that a timer can stop it", async () => {
    const backend = await createBackend({ kind: "cpu" });
    const abort = new AbortController();
    setTimeout(() => abort.abort(new Error("enough")), 20);
    let steps = 0;
    const train = async () => {
      for await (const _ of modelOn(backend).fit(dataset(6000), { epochs: 10, batchSize: 1, signal: abort.signal }))
        steps++;
    };
    await expect(train()).rejects.toThrow("enough");
    expect(steps).toBeLessThan(6000);
    backend.destroy();
  });

  test("between the operators of one long step", async () => {
    const backend = await createBackend({ kind: "cpu" });
    const { ticks } = await watching(modelOn(backend).evaluate(dataset(4000), { batchSize: 4000 }));
    // Its operators take long each. A step without turns would let none in.
    expect(ticks).toBeGreaterThan(1);
    backend.destroy();
  });
});

describe("a device that is lost is told once", () => {
  const opened: GPUDevice[] = [];
  afterEach(() => {
    for (const device of opened.splice(0)) device.destroy();
  });

  async function lostDuring(use: (model: Sequential, lose: () => void) => Promise<unknown>): Promise<void> {
    const device = await requestDevice();
    opened.push(device);
    const backend = await createBackend({ device });
    const model = modelOn(backend);
    // A rejection that nobody handles fails the run of the tests.
    await expect(use(model, () => device.destroy())).rejects.toThrow(BackendLostError);
    await pause(50);
  }

  test("while evaluate waits", () =>
    lostDuring(async (model, lose) => {
      const evaluation = model.evaluate(dataset(256), { batchSize: 8 });
      setTimeout(lose, 5);
      await evaluation;
      // Were it done before: the next one cannot be.
      await model.evaluate(dataset(8));
    }));

  test("while the loop's body awaits something else", () =>
    lostDuring(async (model, lose) => {
      let steps = 0;
      for await (const _ of model.fit(dataset(512), { batchSize: 8, epochs: 100 })) {
        steps++;
        if (steps === 3) lose();
        await pause(20);
      }
    }));

  test("while nothing is awaited", () =>
    lostDuring(async (model, lose) => {
      for await (const { step } of model.fit(dataset(512), { batchSize: 8, epochs: 100 })) if (step === 2) lose();
    }));
});

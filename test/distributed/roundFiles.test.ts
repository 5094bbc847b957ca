import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Backend, createBackend } from "webgpu-cnn";
import { JobError } from "webgpu-cnn/distributed";
import { encodeSafetensors } from "webgpu-cnn/io";
import { Adam, type Sequential } from "webgpu-cnn/nn";
import { layoutOf } from "../../src/distributed/joinedJob.js";
import { type FileStore, RoundFiles, type RoundFilesOptions } from "../../src/distributed/roundFiles.js";
import { trainingOf } from "../../src/nn/training/distributedTraining.js";
import { smallNet, stripes } from "./support/nets.js";

/** Files in memory. */
class Files implements FileStore {
  readonly all = new Map<string, Uint8Array>();
  async put(name: string, bytes: Uint8Array): Promise<void> {
    this.all.set(name, bytes);
  }
  async get(name: string): Promise<Uint8Array | undefined> {
    return this.all.get(name);
  }
  async remove(name: string): Promise<void> {
    this.all.delete(name);
  }
  get names(): readonly string[] {
    return [...this.all.keys()].sort();
  }
  size(name: string): number {
    return this.all.get(name)?.length ?? Number.NaN;
  }
}

describe("the files of rounds", () => {
  let backend: Backend;
  beforeAll(async () => {
    backend = await createBackend({ kind: "wasm", threads: 1 });
  });
  afterAll(() => backend?.destroy());

  const compiled = (seed: number) =>
    smallNet(backend, seed).compile({ optimizer: new Adam(), loss: "softmaxCrossEntropy" });
  const filesOf = (store: FileStore, model: Sequential, options: Partial<RoundFilesOptions>) =>
    new RoundFiles(store, layoutOf(trainingOf(model, "test")), {
      ...{ precision: "float32", keep: 2, localSteps: 1 },
      ...options,
    });
  /** What a round changes. With one local step it also is a step of the optimizer. */
  const takeRound = async (model: Sequential, localSteps: number) => {
    if (localSteps === 1) await model.fit(stripes(4), { shuffle: false });
    else {
      const training = trainingOf(model, "test");
      const values = await training.readWeights([...model.weights.keys()]);
      training.writeWeights(new Map([...values].map(([name, value]) => [name, value.map((x) => x + 0.25)])));
      training.countSteps(localSteps);
    }
  };

  test.each([
    [1, "float32"],
    [3, "float32"],
    [1, "float16"],
    [3, "float16"],
  ] as const)("restore all of a training: localSteps %i, %s", async (localSteps, precision) => {
    const store = new Files();
    const model = compiled(1);
    // The optimizer has moments before the job.
    await model.fit(stripes(8), { shuffle: false });
    const files = filesOf(store, model, { localSteps, precision });
    await store.put("model", encodeSafetensors(await model.save()));
    await files.write(model, 0);
    for (let round = 1; round <= 3; round++) {
      await takeRound(model, localSteps);
      await files.write(model, round);
      await files.removeOld(round);
    }
    const restored = compiled(2);
    await filesOf(store, restored, { localSteps, precision }).restore(restored, 3);
    const seed = (await model.checkpoint()).metadata["seed"] ?? "";
    const { tensors, metadata } = await restored.checkpoint();
    const expected = await model.checkpoint();
    expect(tensors).toEqual(expected.tensors);
    expect({ ...metadata, seed }).toEqual(expected.metadata);
  });

  test("the optimizer's state is stored once if rounds have several local steps", async () => {
    const stored = async (localSteps: number) => {
      const store = new Files();
      const model = compiled(1);
      const files = filesOf(store, model, { localSteps });
      for (let round = 0; round <= 3; round++) {
        await files.write(model, round);
        await files.removeOld(round);
      }
      return store;
    };
    const kept = ["state.2", "state.3", "weights.2", "weights.3"];
    const [one, several] = [await stored(1), await stored(3)];
    expect(one.names).toEqual(kept);
    expect(several.names).toEqual(["optimizer", ...kept]);
    const parameters = [...compiled(1).trainableWeights.values()].reduce((sum, { size }) => sum + size, 0);
    // Adam has two moments of each weight.
    expect(one.size("state.3") - several.size("state.3")).toBeGreaterThan(8 * parameters);
  });

  test("a file that is lost is named", async () => {
    const store = new Files();
    const model = compiled(1);
    const files = filesOf(store, model, { localSteps: 3 });
    await store.put("model", encodeSafetensors(await model.save()));
    await files.write(model, 0);
    await store.remove("optimizer");
    await expect(files.restore(compiled(2), 0)).rejects.toThrow(JobError);
    await expect(files.restore(compiled(2), 0)).rejects.toThrow("the servers have lost optimizer of the job");
  });
});

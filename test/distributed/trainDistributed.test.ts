import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { add, type Backend, createBackend, OptionError, type Tensor } from "webgpu-cnn";
import {
  deleteJob,
  type RoundReport,
  trainDistributed,
  type WorkerState,
  workDistributed,
} from "webgpu-cnn/distributed";
import { decodeSafetensors } from "webgpu-cnn/io";
import {
  Adam,
  type CompileOptions,
  Concatenate,
  cosineDecay,
  Dense,
  input,
  Layer,
  loadModel,
  Model,
  type Optimizer,
  type Sequential,
  SGD,
} from "webgpu-cnn/nn";
import { type NatsServer, startNatsServer } from "../../tools/nats/server.mjs";
import { propertySeed } from "../support/propertySeed.js";
import { describeWithNats } from "./support/describeWithNats.js";
import { smallNet, stripes } from "./support/nets.js";
import { plainRounds, type Values } from "./support/plainRounds.js";
import { trainWith, weightsOf } from "./support/training.js";

const LOSS = "softmaxCrossEntropy";
let nats: NatsServer;
let backend: Backend;
let jobs = 0;

/** The servers, and a job that no other test has. */
const newJob = () => ({ servers: nats.url, job: `job-${jobs++}` });

function compiled(optimizer: Optimizer, options: Partial<CompileOptions> = {}): Sequential {
  const model = smallNet(backend);
  model.compile({ optimizer, loss: LOSS, metrics: ["accuracy"], ...options });
  return model;
}

describeWithNats("trainDistributed", () => {
  beforeAll(async () => {
    nats = await startNatsServer();
    backend = await createBackend({ kind: "wasm", threads: 1 });
  });
  afterAll(async () => {
    backend?.destroy();
    await nats?.stop();
  });

  test("has the bits of the plain computation, for any division and any number of workers", async () => {
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
      const model = compiled(optimizer());
      const rounds = await trainWith(workers, backend, { ...newJob(), model, data, ...division });
      expect(rounds).toEqual(plain);
      expect(model.epochsDone).toBe(division.epochs);
      model.dispose();
    });
    await fc.assert(check, { numRuns: 8, seed: propertySeed("divisions"), endOnFailure: true });
  });

  test.each([1, 3])(
    "in float16 has bits of its own, the same for any number of workers, localSteps %i",
    async (localSteps) => {
      const data = stripes(48);
      const division = { replicas: 4, localSteps, epochs: 2, batchSize: 12, data };
      const train = async (workers: number, precision: "float16" | "float32") => {
        const model = compiled(new SGD({ learningRate: 0.1 }));
        const rounds = await trainWith(workers, backend, { ...newJob(), model, precision, ...division });
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

  test("a coordinator that starts again goes on after the last round, in both precisions", async () => {
    const data = stripes(40);
    for (const precision of ["float32", "float16"] as const) {
      const division = { replicas: 3, epochs: 2, batchSize: 10, data, precision };
      const whole = compiled(new Adam());
      const expected = await trainWith(1, backend, { ...newJob(), model: whole, ...division });
      const job = newJob();
      const worker = workDistributed({ ...job, backend, data });
      let rounds = 0;
      // Each coordinator is left after two rounds, and one more never begins its loop.
      for (;;) {
        const model = compiled(new Adam());
        const unused = await trainDistributed({ ...job, model, ...division });
        await unused.return();
        let own = 0;
        for await (const { round } of await trainDistributed({ ...job, model, ...division })) {
          rounds++;
          expect(round).toBe(rounds);
          expect(await weightsOf(model)).toEqual(expected[round - 1]);
          if (++own === 2) break;
        }
        if (own === 0) {
          // The job was done already. The model has its result.
          expect(await weightsOf(model)).toEqual(expected.at(-1));
          expect(model.epochsDone).toBe(2);
          break;
        }
        model.dispose();
      }
      expect(rounds).toBe(8);
      expect(await worker).toEqual({ replicas: expect.any(Number), rounds: 8 });
      whole.dispose();
    }
  });

  test("the newest coordinator leads, and the one before it rejects", async () => {
    const data = stripes(20);
    const job = newJob();
    const division = { replicas: 2, epochs: 2, batchSize: 10, data };
    const old = await trainDistributed({ ...job, model: compiled(new Adam()), ...division });
    const model = compiled(new Adam());
    const run = await trainDistributed({ ...job, model, ...division });
    const worker = workDistributed({ ...job, backend, data });
    const lost = expect(old.next()).rejects.toThrow(/JobError|another coordinator took the job .* over/);
    const reports: RoundReport[] = [];
    for await (const report of run) reports.push(report);
    await Promise.all([lost, worker]);
    expect(reports.map(({ round, rounds, epoch, epochs }) => [round, rounds, epoch, epochs])).toEqual([
      [1, 4, 1, 2],
      [2, 4, 1, 2],
      [3, 4, 2, 2],
      [4, 4, 2, 2],
    ]);
  });

  test("reports loss, metrics, validation, workers and bytes", async () => {
    const data = stripes(24);
    const job = newJob();
    const model = compiled(new SGD({ learningRate: 0 }));
    const worker = workDistributed({ ...job, backend, data, name: "Ada" });
    const reports: RoundReport[] = [];
    const options = { replicas: 2, epochs: 2, batchSize: 24, validationData: data, data };
    for await (const report of await trainDistributed({ ...job, model, ...options })) reports.push(report);
    await worker;
    const [first] = reports;
    expect(first).toMatchObject({ round: 1, rounds: 2, refused: [], metrics: { accuracy: expect.any(Number) } });
    expect(first?.validation).toEqual({ loss: expect.any(Number), metrics: { accuracy: expect.any(Number) } });
    expect(first?.workers).toEqual([
      expect.objectContaining({ worker: expect.stringMatching(/^Ada-/), workerClass: "wasm", isAlive: true }),
    ]);
    expect(first?.bytes.received).toBeGreaterThan(4 * 2 * 16);
    expect(first?.seconds).toBeGreaterThan(0);
  });

  test("fit goes on where it ended, and a schedule counts all steps", async () => {
    const data = stripes(32);
    const make = () => compiled(new SGD({ learningRate: cosineDecay(0.1, 16), momentum: 0.9 }), { metrics: [] });
    // One replica is fit.
    const [model, plain] = [make(), make()];
    await model.fit(data, { epochs: 1, batchSize: 8 });
    await trainWith(1, backend, { ...newJob(), model, data, replicas: 1, epochs: 2, batchSize: 8 });
    await model.fit(data, { epochs: 1, batchSize: 8 });
    await plain.fit(data, { epochs: 4, batchSize: 8 });
    expect(await weightsOf(model)).toEqual(await weightsOf(plain));
    expect([model.epochsDone, model.stepsDone]).toEqual([4, 16]);
  });

  test("weights of examples and classes, augmentation and frozen layers count as in fit", async () => {
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
      const model = compiled(new SGD({ learningRate: 0.1 }));
      for (const layer of model.layers.slice(0, 2)) layer.trainable = false;
      return model;
    };
    const [model, plain] = [make(), make()];
    const before = await weightsOf(model);
    await trainWith(2, backend, { ...newJob(), model, replicas: 1, ...options });
    const { data: same, ...fit } = options;
    await plain.fit(same, fit);
    const after = await weightsOf(model);
    expect(after).toEqual(await weightsOf(plain));
    for (const name of ["conv2d.kernel", "batch_normalization.movingMean"]) {
      expect(after.get(name)).toEqual(before.get(name));
    }
  });

  test("takes models with several inputs and outputs, and layers of one's own", async () => {
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
    const job = newJob();
    const worker = workDistributed({ ...job, backend, data, layers: { Twice } });
    const without = workDistributed({ ...job, backend, data });
    const refused = expect(without).rejects.toThrow(/Twice/);
    for await (const _ of await trainDistributed({ ...job, model, data, replicas: 1, epochs: 2, batchSize: 4 }));
    await Promise.all([worker, refused]);
    await plain.fit(data, { epochs: 2, batchSize: 4 });
    expect(await weightsOf(model)).toEqual(await weightsOf(plain));
  });

  test("workers with other data or of another class are refused, unless the job is mixed", async () => {
    const data = stripes(16);
    const cpu = await createBackend({ kind: "cpu" });
    const division = { replicas: 2, batchSize: 8, data };
    const job = newJob();
    const run = await trainDistributed({ ...job, model: compiled(new Adam()), ...division });
    const other = stripes(16, 2);
    await expect(workDistributed({ ...job, backend, data: other })).rejects.toThrow(
      "workDistributed: data has other values than the coordinator's",
    );
    await expect(workDistributed({ ...job, backend: cpu, data })).rejects.toThrow(
      'workDistributed: backend is of the class "cpu", and the job takes "wasm" only',
    );
    await run.return();
    const mixed = newJob();
    const model = compiled(new Adam());
    const worker = workDistributed({ ...mixed, backend: cpu, data });
    for await (const { workers } of await trainDistributed({ ...mixed, model, mixed: true, ...division })) {
      expect(workers.map(({ workerClass }) => workerClass)).toEqual(["cpu"]);
    }
    await worker;
    cpu.destroy();
  });

  test("a job of the name with other options is refused, and deleteJob makes room", async () => {
    const job = newJob();
    const data = stripes(16);
    const division = { replicas: 2, batchSize: 8, data };
    const first = await trainDistributed({ ...job, model: compiled(new Adam()), ...division });
    await first.return();
    await expect(trainDistributed({ ...job, model: compiled(new Adam()), ...division, batchSize: 4 })).rejects.toThrow(
      `trainDistributed: the servers have a job ${job.job} whose batchSize is 8, not 4`,
    );
    const slower = compiled(new Adam({ learningRate: 1e-4 }));
    await expect(trainDistributed({ ...job, model: slower, ...division })).rejects.toThrow(
      `trainDistributed: the servers have a job ${job.job} whose optimizer.learningRate is 0.001, not 0.0001`,
    );
    let worker: Promise<unknown> | undefined;
    await new Promise<void>((resolve) => {
      const onState = (state: WorkerState) => state === "joined" && resolve();
      worker = expect(workDistributed({ ...job, backend, data, onState })).rejects.toThrow(
        /deleted the job|job .* was deleted/,
      );
    });
    await deleteJob(job);
    await worker;
    const again = await trainDistributed({ ...job, model: compiled(new Adam()), ...division, batchSize: 4 });
    await again.return();
    await deleteJob(job);
  });

  test("of coordinators that begin a job at once with other options, one leads and the others are refused", async () => {
    const data = stripes(24);
    const sizes = [4, 6, 8];
    const results = new Map<number, readonly Values[]>();
    const optimizer = () => new SGD({ learningRate: 0.1 });
    for (const batchSize of sizes) {
      const division = { replicas: 2, batchSize, data, seed: 1 };
      results.set(batchSize, await plainRounds({ backend, model: smallNet, optimizer, loss: LOSS, ...division }));
    }
    for (let i = 0; i < 3; i++) {
      const job = newJob();
      const worker = workDistributed({ ...job, backend, data });
      const starts = sizes.map((batchSize) => {
        const model = compiled(optimizer());
        const run = trainDistributed({ ...job, model, data, replicas: 2, batchSize }).catch((error: unknown) => {
          expect(error).toBeInstanceOf(OptionError);
          expect(`${error}`).toMatch(/a job job-\d+ with (other options|another batchSize)/);
          return undefined;
        });
        return { batchSize, model, run };
      });
      let leaders = 0;
      for (const { batchSize, model, run } of starts) {
        const started = await run;
        if (started) {
          leaders++;
          for await (const _ of started);
          expect(await weightsOf(model)).toEqual(results.get(batchSize)?.at(-1));
        }
        model.dispose();
      }
      expect(leaders).toBe(1);
      await worker;
    }
  });

  test("validation data that do not fit are refused before the job begins", async () => {
    const job = newJob();
    const data = stripes(16);
    const validationData = { ...data, labels: data.labels.map(() => 7) };
    const model = compiled(new Adam());
    await expect(trainDistributed({ ...job, model, data, validationData })).rejects.toThrow(
      "trainDistributed: validationData.labels[0] is 7, expected a class number from 0 to 2",
    );
    await trainWith(1, backend, { ...job, model, data, validationData: data });
    expect(model.epochsDone).toBe(1);
  });

  test("functions are refused, because a job carries data, never code", async () => {
    const data = stripes(16);
    const loss = compiled(new Adam(), { loss: (output: Tensor) => output });
    await expect(trainDistributed({ ...newJob(), model: loss, data })).rejects.toThrow(
      "a job carries data, never code",
    );
    const metric = compiled(new Adam(), { metrics: [(output: Tensor) => output] });
    await expect(trainDistributed({ ...newJob(), model: metric, data })).rejects.toThrow(
      "a job carries data, never code",
    );
  });

  test("an abort ends a coordinator and a worker, and the job stays", async () => {
    const data = stripes(16);
    const job = newJob();
    const stop = new AbortController();
    const run = await trainDistributed({ ...job, model: compiled(new Adam()), data, signal: stop.signal });
    const next = expect(run.next()).rejects.toThrow("enough");
    stop.abort(new Error("enough"));
    await next;
    const leave = new AbortController();
    const worker = workDistributed({
      ...job,
      backend,
      data,
      signal: leave.signal,
      onState: () => leave.abort(new Error("bye")),
    });
    await expect(worker).rejects.toThrow("bye");
    const model = compiled(new Adam());
    await trainWith(1, backend, { ...job, model, data });
    expect(model.stepsDone).toBe(1);
  });

  test("the files of a round are a model that loadModel reads", async () => {
    const data = stripes(16);
    const model = compiled(new Adam());
    const files: Uint8Array[] = [];
    const job = newJob();
    await trainWith(1, backend, { ...job, model, data, batchSize: 8, keep: 2 });
    const { connect } = await import("@nats-io/transport-node");
    const { Objm } = await import("@nats-io/obj");
    const connection = await connect({ servers: nats.url });
    const store = await new Objm(connection).open(`cnn-${job.job}-rounds`);
    const names = (await store.list()).map(({ name }) => name).sort();
    expect(names).toEqual(["job", "model", "state.1", "state.2", "weights.1", "weights.2"]);
    files.push((await store.getBlob("weights.2")) ?? new Uint8Array());
    await connection.close();
    const loaded = await loadModel(decodeSafetensors(files[0] ?? new Uint8Array()), backend);
    expect(await weightsOf(loaded)).toEqual(await weightsOf(model));
  });
});

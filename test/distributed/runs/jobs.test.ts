import { expect, test } from "vitest";
import { createBackend, OptionError, type Tensor } from "webgpu-cnn";
import {
  deleteJob,
  type RoundReport,
  trainDistributed,
  type WorkerState,
  workDistributed,
} from "webgpu-cnn/distributed";
import { decodeSafetensors } from "webgpu-cnn/io";
import { Adam, loadModel, SGD } from "webgpu-cnn/nn";
import { describeWithNats } from "../support/describeWithNats.js";
import { smallNet, stripes } from "../support/nets.js";
import { plainRounds, type Values } from "../support/plainRounds.js";
import { trainWith, weightsOf } from "../support/training.js";
import { LOSS, siteOfTests } from "./siteOfTests.js";

describeWithNats("the jobs of trainDistributed", () => {
  const openSite = siteOfTests();

  test("a coordinator that starts again goes on after the last round, in both precisions", async () => {
    const site = openSite();
    const { backend } = site;
    const data = stripes(40);
    for (const precision of ["float32", "float16"] as const) {
      const division = { replicas: 3, epochs: 2, batchSize: 10, data, precision };
      const whole = site.compiled(new Adam());
      const expected = await trainWith(1, backend, { ...site.newJob(), model: whole, ...division });
      const job = site.newJob();
      const worker = workDistributed({ ...job, backend, data });
      let rounds = 0;
      // Each coordinator is left after two rounds, and one more never begins its loop.
      for (;;) {
        const model = site.compiled(new Adam());
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
    const site = openSite();
    const { backend } = site;
    const data = stripes(20);
    const job = site.newJob();
    const division = { replicas: 2, epochs: 2, batchSize: 10, data };
    const old = await trainDistributed({ ...job, model: site.compiled(new Adam()), ...division });
    const model = site.compiled(new Adam());
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
    const site = openSite();
    const { backend } = site;
    const data = stripes(24);
    const job = site.newJob();
    const model = site.compiled(new SGD({ learningRate: 0 }));
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

  test("workers with other data or of another class are refused, unless the job is mixed", async () => {
    const site = openSite();
    const { backend } = site;
    const data = stripes(16);
    const cpu = await createBackend({ kind: "cpu" });
    const division = { replicas: 2, batchSize: 8, data };
    const job = site.newJob();
    const run = await trainDistributed({ ...job, model: site.compiled(new Adam()), ...division });
    const other = stripes(16, 2);
    await expect(workDistributed({ ...job, backend, data: other })).rejects.toThrow(
      "workDistributed: data has other values than the coordinator's",
    );
    await expect(workDistributed({ ...job, backend: cpu, data })).rejects.toThrow(
      'workDistributed: backend is of the class "cpu", and the job takes "wasm" only',
    );
    await run.return();
    const mixed = site.newJob();
    const model = site.compiled(new Adam());
    const worker = workDistributed({ ...mixed, backend: cpu, data });
    for await (const { workers } of await trainDistributed({ ...mixed, model, mixed: true, ...division })) {
      expect(workers.map(({ workerClass }) => workerClass)).toEqual(["cpu"]);
    }
    await worker;
    cpu.destroy();
  });

  test("a job of the name with other options is refused, and deleteJob makes room", async () => {
    const site = openSite();
    const { backend } = site;
    const job = site.newJob();
    const data = stripes(16);
    const division = { replicas: 2, batchSize: 8, data };
    const first = await trainDistributed({ ...job, model: site.compiled(new Adam()), ...division });
    await first.return();
    await expect(
      trainDistributed({ ...job, model: site.compiled(new Adam()), ...division, batchSize: 4 }),
    ).rejects.toThrow(`trainDistributed: the servers have a job ${job.job} whose batchSize is 8, not 4`);
    const slower = site.compiled(new Adam({ learningRate: 1e-4 }));
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
    const again = await trainDistributed({ ...job, model: site.compiled(new Adam()), ...division, batchSize: 4 });
    await again.return();
    await deleteJob(job);
  });

  test("of coordinators that begin a job at once with other options, one leads and the others are refused", async () => {
    const site = openSite();
    const { backend } = site;
    const data = stripes(24);
    const sizes = [4, 6, 8];
    const results = new Map<number, readonly Values[]>();
    const optimizer = () => new SGD({ learningRate: 0.1 });
    for (const batchSize of sizes) {
      const division = { replicas: 2, batchSize, data, seed: 1 };
      results.set(batchSize, await plainRounds({ backend, model: smallNet, optimizer, loss: LOSS, ...division }));
    }
    for (let i = 0; i < 3; i++) {
      const job = site.newJob();
      const worker = workDistributed({ ...job, backend, data });
      const starts = sizes.map((batchSize) => {
        const model = site.compiled(optimizer());
        const run = trainDistributed({ ...job, model, data, replicas: 2, batchSize }).catch((error: unknown) => {
          expect(error).toBeInstanceOf(OptionError);
          expect(`${error}`).toMatch(/a job job-\d+ (with other options|whose batchSize is \d, not \d)/);
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
    const site = openSite();
    const { backend } = site;
    const job = site.newJob();
    const data = stripes(16);
    const validationData = { ...data, labels: data.labels.map(() => 7) };
    const model = site.compiled(new Adam());
    await expect(trainDistributed({ ...job, model, data, validationData })).rejects.toThrow(
      "trainDistributed: validationData.labels[0] is 7, expected a class number from 0 to 2",
    );
    await trainWith(1, backend, { ...job, model, data, validationData: data });
    expect(model.epochsDone).toBe(1);
  });

  test("functions are refused, because a job carries data, never code", async () => {
    const site = openSite();
    const data = stripes(16);
    const loss = site.compiled(new Adam(), { loss: (output: Tensor) => output });
    await expect(trainDistributed({ ...site.newJob(), model: loss, data })).rejects.toThrow(
      "a job carries data, never code",
    );
    const metric = site.compiled(new Adam(), { metrics: [(output: Tensor) => output] });
    await expect(trainDistributed({ ...site.newJob(), model: metric, data })).rejects.toThrow(
      "a job carries data, never code",
    );
  });

  test("an abort ends a coordinator and a worker, and the job stays", async () => {
    const site = openSite();
    const { backend } = site;
    const data = stripes(16);
    const job = site.newJob();
    const stop = new AbortController();
    const run = await trainDistributed({ ...job, model: site.compiled(new Adam()), data, signal: stop.signal });
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
    const model = site.compiled(new Adam());
    await trainWith(1, backend, { ...job, model, data });
    expect(model.stepsDone).toBe(1);
  });

  test("the files of a round are a model that loadModel reads", async () => {
    const site = openSite();
    const { backend } = site;
    const data = stripes(16);
    const model = site.compiled(new Adam());
    const files: Uint8Array[] = [];
    const job = site.newJob();
    await trainWith(1, backend, { ...job, model, data, batchSize: 8, keep: 2 });
    const { connect } = await import("@nats-io/transport-node");
    const { Objm } = await import("@nats-io/obj");
    const connection = await connect({ servers: site.servers });
    const store = await new Objm(connection).open(`cnn-${job.job}-rounds`);
    const names = (await store.list()).map(({ name }) => name).sort();
    expect(names).toEqual(["job", "model", "state.1", "state.2", "weights.1", "weights.2"]);
    files.push((await store.getBlob("weights.2")) ?? new Uint8Array());
    await connection.close();
    const loaded = await loadModel(decodeSafetensors(files[0] ?? new Uint8Array()), backend);
    expect(await weightsOf(loaded)).toEqual(await weightsOf(model));
  });
});

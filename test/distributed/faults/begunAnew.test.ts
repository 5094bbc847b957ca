import { afterAll, afterEach, beforeAll, expect, test, vi } from "vitest";
import { type Backend, createBackend } from "webgpu-cnn";
import { deleteJob, trainDistributed, workDistributed } from "webgpu-cnn/distributed";
import { Adam, type Optimizer, SGD } from "webgpu-cnn/nn";
import { ReplicaWork } from "../../../src/distributed/replicaWork.js";
import { type NatsServer, startNatsServer } from "../../../tools/nats/server.mjs";
import { describeWithNats } from "../support/describeWithNats.js";
import { smallNet, stripes } from "../support/nets.js";
import { trainWith, weightsOf } from "../support/training.js";

let nats: NatsServer;
let backend: Backend;

const DIVISION = { replicas: 2, batchSize: 16, data: stripes(16) } as const;

const compiled = (optimizer: Optimizer, seed = 1) =>
  smallNet(backend, seed).compile({ optimizer, loss: "softmaxCrossEntropy" });

/** Lets the next replica that is computed here be late. */
function delayNextReplica() {
  const [isComputed, computed] = promise();
  const [isReleased, release] = promise();
  const compute = ReplicaWork.prototype.compute;
  const spy = vi.spyOn(ReplicaWork.prototype, "compute").mockImplementationOnce(async function (
    this: ReplicaWork,
    ...of
  ) {
    const result = await compute.apply(this, of);
    computed();
    await isReleased;
    return result;
  });
  spy.mockImplementation(compute);
  return { isComputed, release };
}

function promise(): readonly [promise: Promise<void>, resolve: () => void] {
  let resolve = () => {};
  const promise = new Promise<void>((resolveIt) => {
    resolve = resolveIt;
  });
  return [promise, resolve];
}

describeWithNats("a job that is begun anew under its name", () => {
  beforeAll(async () => {
    nats = await startNatsServer();
    backend = await createBackend({ kind: "wasm", threads: 1 });
  });
  afterEach(() => vi.restoreAllMocks());
  afterAll(async () => {
    backend?.destroy();
    await nats?.stop();
  });

  test("takes nothing from a worker of the job before it, which ends with a JobError", async () => {
    const job = { servers: nats.url, job: "again" };
    const sgd = () => new SGD({ learningRate: 0.1 });
    const plain = { servers: nats.url, job: "plain", model: compiled(sgd(), 2), ...DIVISION };
    const expected = await trainWith(1, backend, plain);
    const { isComputed, release } = delayNextReplica();
    const old = await trainDistributed({ ...job, model: compiled(sgd()), ...DIVISION });
    const lost = expect(old.next()).rejects.toThrow(/deleted/);
    const late = workDistributed({ ...job, backend, data: DIVISION.data });
    const ended = expect(late).rejects.toMatchObject({
      ...{ name: "JobError", message: expect.stringMatching(/the job again was deleted, and another one/) },
    });
    await isComputed;
    // It has the second replica too, so that it does not wait for work when the job is deleted.
    await vi.waitUntil(async () => (await pendingWork(nats.url, job.job)) === 0);
    await deleteJob(job);
    await lost;
    const model = compiled(sgd(), 2);
    const run = await trainDistributed({ ...job, model, ...DIVISION });
    const round = run.next();
    release();
    await ended;
    const worker = workDistributed({ ...job, backend, data: DIVISION.data });
    await round;
    expect(await weightsOf(model)).toEqual(expected.at(-1));
    await worker;
    await run.return();
  });

  test.each([
    ["another learning rate", new Adam({ learningRate: 0.2 }), "whose optimizer.learningRate is 0.1, not 0.2"],
    [
      "another option of the optimizer",
      new Adam({ learningRate: 0.1, clipNorm: 1 }),
      "that differs in optimizer.clipNorm",
    ],
    ["another optimizer", new SGD({ learningRate: 0.1 }), 'whose optimizer.name is "Adam", not "SGD"'],
  ])("is refused to go on with %s", async (what, optimizer, difference) => {
    const job = { servers: nats.url, job: what.replaceAll(" ", "-") };
    const first = await trainDistributed({ ...job, model: compiled(new Adam({ learningRate: 0.1 })), ...DIVISION });
    await first.return();
    await expect(trainDistributed({ ...job, model: compiled(optimizer), ...DIVISION })).rejects.toThrow(
      `trainDistributed: the servers have a job ${job.job} ${difference}`,
    );
  });
});

/** How many pieces of work no worker has yet. */
async function pendingWork(servers: string, job: string): Promise<number> {
  const { connect } = await import("@nats-io/transport-node");
  const { jetstreamManager } = await import("@nats-io/jetstream");
  const connection = await connect({ servers });
  const manager = await jetstreamManager(connection);
  const { num_pending } = await manager.consumers.info(`cnn-${job}-work`, "workers");
  await connection.close();
  return num_pending;
}

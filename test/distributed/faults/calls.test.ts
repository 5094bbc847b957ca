import { type JetStreamManager, jetstreamManager } from "@nats-io/jetstream";
import type { NatsConnection } from "@nats-io/nats-core";
import { connect as connectByTcp } from "@nats-io/transport-node";
import { afterAll, afterEach, beforeAll, expect, test, vi } from "vitest";
import { type Backend, createBackend, JobError, OptionError, type Tensor } from "webgpu-cnn";
import { trainDistributed, workDistributed } from "webgpu-cnn/distributed";
import { type CompileOptions, type Sequential, SGD } from "webgpu-cnn/nn";
import { Coordinator } from "../../../src/distributed/coordinator.js";
import type { Connect } from "../../../src/distributed/nats/connect.js";
import { connect } from "../../../src/distributed/nats/connect.node.js";
import { JobServer } from "../../../src/distributed/nats/jobServer.js";
import { JobRecord } from "../../../src/distributed/nats/record.js";
import { readTrainOptions } from "../../../src/distributed/trainOptions.js";
import { type NatsServer, startNatsServer } from "../../../tools/nats/server.mjs";
import { describeWithNats } from "../support/describeWithNats.js";
import { smallNet, stripes } from "../support/nets.js";
import { trainWith, weightsOf } from "../support/training.js";

let nats: NatsServer;
let backend: Backend;
let connection: NatsConnection;
let manager: JetStreamManager;
let jobs = 0;

const DATA = stripes(16);
const DIVISION = { replicas: 2, batchSize: 8, data: DATA } as const;
const newJob = () => ({ servers: nats.url, job: `call-${jobs++}` });

function compiled(options: Partial<CompileOptions> = {}): Sequential {
  const optimizer = new SGD({ learningRate: 0.1 });
  return smallNet(backend).compile({ optimizer, loss: "softmaxCrossEntropy", ...options });
}

function frozen(): Sequential {
  const model = compiled();
  for (const layer of model.layers) layer.trainable = false;
  return model;
}

/** Options that are not what their types say. */
const odd = (options: object): Partial<Parameters<typeof trainDistributed>[0]> => Object.assign({}, options);

/** Expects an OptionError, nothing on the server, and a model that is free. */
async function expectRefused(message: string, model: Sequential, options: object): Promise<void> {
  const { servers, job } = newJob();
  const failed = trainDistributed({ servers, job, model, ...DIVISION, ...odd(options) });
  const error: unknown = await failed.catch((error: unknown) => error);
  if (!(error instanceof OptionError)) throw error;
  expect(error.message).toContain(`trainDistributed: ${message}`);
  const streams: string[] = [];
  for await (const { config } of manager.streams.list()) streams.push(config.name);
  expect(streams.filter((name) => name.includes(job))).toEqual([]);
  model.compile({ optimizer: "sgd", loss: "softmaxCrossEntropy" });
  model.dispose();
}

describeWithNats("trainDistributed", () => {
  beforeAll(async () => {
    nats = await startNatsServer();
    backend = await createBackend({ kind: "wasm", threads: 1 });
    connection = await connectByTcp({ servers: nats.url });
    manager = await jetstreamManager(connection);
  });
  afterEach(() => vi.restoreAllMocks());
  afterAll(async () => {
    await connection?.close();
    backend?.destroy();
    await nats?.stop();
  });

  const cyclic: { flip?: object } = {};
  cyclic.flip = cyclic;
  test.each<readonly [message: string, options: object]>([
    ["augment is a function, expected", { augment: () => {} }],
    ["augment.flip is a function, expected", { augment: { flip: () => true } }],
    ["augment.flip is an object, expected", { augment: cyclic }],
    ["augment.shift is ", { augment: { shift: 1n } }],
    ["augment.zoom is 5, expected a number in [0, 1)", { augment: { zoom: 5 } }],
    ["augment.zoom is NaN, expected a number in [0, 1)", { augment: { zoom: Number.NaN } }],
    ["augment must be an object such as { flip: … }, got a Map", { augment: new Map() }],
    ["augment must be an object such as { flip: … }, got null", { augment: null }],
    ["unknown option augment.foo; did you mean zoom?", { augment: { foo: 1 } }],
    ["classWeight.0 is NaN, expected finite numbers", { classWeight: { 0: Number.NaN } }],
    ["classWeight.1 is a function, expected finite numbers", { classWeight: [1, () => 1] }],
    ["classWeight[0] is -1, expected a finite number ≥ 0", { classWeight: new Map([[0, -1]]) }],
    ["epochs is 9007199254740991, which are more rounds", { epochs: Number.MAX_SAFE_INTEGER }],
    ["16 examples give no batch of 17", { batchSize: 17, dropLast: true }],
  ])("refuses at the call, and leaves nothing: %s", (message, options) => expectRefused(message, compiled(), options));

  test.each<readonly [message: string, make: () => Sequential]>([
    ["no weight is trainable", frozen],
    ["the model was compiled without an optimizer", () => smallNet(backend).compile({ loss: "softmaxCrossEntropy" })],
    ["loss is a function, expected a name", () => compiled({ loss: (output: Tensor) => output })],
  ])("refuses a model at the call, and leaves nothing: %s", (message, make) => expectRefused(message, make(), {}));

  test("takes augmentation from a getter, and weights of classes from a map", async () => {
    class Zoomed {
      get zoom() {
        return 0.5;
      }
    }
    const train = async (options: object) => {
      const model = compiled();
      await trainWith(1, backend, { ...newJob(), model, ...DIVISION, ...odd(options) });
      const weights = await weightsOf(model);
      model.dispose();
      return weights;
    };
    const [odds, plain] = [
      await train({ augment: new Zoomed(), classWeight: new Map([[1, 3]]) }),
      await train({ augment: { zoom: 0.5 }, classWeight: { 1: 3 } }),
    ];
    expect(odds).toEqual(plain);
  });

  test("has the model to itself from the call to the end", async () => {
    const model = compiled();
    const run = await trainDistributed({ ...newJob(), model, ...DIVISION });
    const running = "another fit of this model runs";
    expect(() => model.fit(DATA)).toThrow(`fit: ${running}`);
    const second = newJob();
    await expect(trainDistributed({ ...second, model, ...DIVISION })).rejects.toThrow(`trainDistributed: ${running}`);
    await run.return();
    await model.fit(DATA);
    const fit = model.fit(DATA, { epochs: 2, batchSize: 8 });
    for await (const _ of fit) {
      await expect(trainDistributed({ ...second, model, ...DIVISION })).rejects.toThrow(`trainDistributed: ${running}`);
      break;
    }
    const other = await trainDistributed({ ...second, model, ...DIVISION });
    await other.return();
    // A run that is left twice frees nobody else's model.
    const third = await trainDistributed({ ...newJob(), model, ...DIVISION });
    await other.return();
    expect(() => model.fit(DATA)).toThrow(running);
    await third.return();
    model.dispose();
  });

  test("return ends a round that waits for workers", async () => {
    const model = compiled();
    const run = await trainDistributed({ ...newJob(), model, ...DIVISION });
    const waits = expect(run.next()).rejects.toThrow("trainDistributed: the connection to the servers is closed");
    expect(await run.return()).toEqual({ done: true, value: undefined });
    await waits;
    await model.fit(DATA);
    model.dispose();
  });

  test("says in words of its own that the connection has ended before the loop begins", async () => {
    const model = compiled();
    const plan = readTrainOptions({ ...newJob(), model, ...DIVISION });
    const server = await JobServer.connect(connect, plan.server, new AbortController().signal);
    const coordinator = await Coordinator.start(server, plan);
    await server.close();
    await expect(coordinator.run().next()).rejects.toMatchObject({ name: "JobError" });
    await model.fit(DATA);
    model.dispose();
  });

  test("takes over from one that lives and removes old rounds meanwhile", async () => {
    const [where, division] = [newJob(), { ...DIVISION, epochs: 1000, keep: 1 }];
    const stop = new AbortController();
    const worker = workDistributed({ ...where, backend, data: DATA, signal: stop.signal }).catch(() => {});
    const [old, other] = [compiled(), compiled()];
    const first = await trainDistributed({ ...where, model: old, ...division });
    await first.next();
    const get = JobServer.prototype.get;
    vi.spyOn(JobServer.prototype, "get").mockImplementation(async function (this: JobServer, name, most) {
      // Only coordinators that go on read it. The one before makes two rounds first, or hears that it leads no more.
      if (name.startsWith("state."))
        await first
          .next()
          .then(() => first.next())
          .catch(() => {});
      return get.call(this, name, most);
    });
    const second = await trainDistributed({ ...where, model: other, ...division });
    const { value } = await second.next();
    expect(value?.round).toBe(2);
    await expect(first.next()).resolves.toEqual({ done: true, value: undefined });
    await second.return();
    stop.abort();
    await worker;
    for (const model of [old, other]) model.dispose();
  });

  test("leaves no connection if a package is missing", async () => {
    vi.spyOn(JobRecord, "open").mockRejectedValueOnce(new JobError("distributed: the package cannot be loaded"));
    const made: NatsConnection[] = [];
    const watched: Connect = async (...options) => {
      const connection = await connect(...options);
      made.push(connection);
      return connection;
    };
    const { server } = readTrainOptions({ ...newJob(), model: compiled(), ...DIVISION });
    const joined = JobServer.connect(watched, server, new AbortController().signal);
    await expect(joined).rejects.toThrow("the package cannot be loaded");
    expect(made.map((connection) => connection.isClosed())).toEqual([true]);
  });

  test("warns of nothing with many replicas", async () => {
    const warn = vi.spyOn(process, "emitWarning");
    const model = compiled();
    await trainWith(2, backend, { ...newJob(), model, data: stripes(64), batchSize: 64, replicas: 64 });
    expect(warn).not.toHaveBeenCalled();
    model.dispose();
  });
});

describeWithNats("workDistributed", () => {
  test("keeps nothing if the caller's function throws", async () => {
    const server = await startNatsServer({ websocket: false });
    const own = await createBackend({ kind: "wasm", threads: 1 });
    const job = { servers: server.url, job: "throws" };
    const model = smallNet(own).compile({ optimizer: "sgd", loss: "softmaxCrossEntropy" });
    const run = await trainDistributed({ ...job, model, ...DIVISION });
    const { tensors } = own.memory();
    const onState = (state: string) => {
      if (state === "joined") throw new Error("mine");
    };
    await expect(workDistributed({ ...job, backend: own, data: DATA, onState })).rejects.toThrow("mine");
    expect(own.memory().tensors).toBe(tensors);
    await run.return();
    own.destroy();
    await server.stop();
  });
});

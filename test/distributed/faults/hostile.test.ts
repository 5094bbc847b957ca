import { afterAll, beforeAll, expect, test } from "vitest";
import { type Backend, createBackend } from "webgpu-cnn";
import { type ServerOptions, trainDistributed, workDistributed } from "webgpu-cnn/distributed";
import { SGD } from "webgpu-cnn/nn";
import { answerDigest } from "../../../src/distributed/answerDigest.js";
import { sha256 } from "../../../src/distributed/digest.js";
import { type AnswerHeader, encodeAnswer, parseRoundRecord } from "../../../src/distributed/messages.js";
import { connect } from "../../../src/distributed/nats/connect.node.js";
import { JobServer } from "../../../src/distributed/nats/jobServer.js";
import { vectorBytes } from "../../../src/distributed/vector.js";
import { type NatsServer, startNatsServer } from "../../../tools/nats/server.mjs";
import { checked } from "../nats/server.js";
import { describeWithNats } from "../support/describeWithNats.js";
import { smallNet, stripes } from "../support/nets.js";
import { weightsOf } from "../support/training.js";
import { answerSubject, type JobClient, joinAsStranger } from "./support/jobClient.js";

let nats: NatsServer;
let backend: Backend;
let jobs = 0;

const DIVISION = { replicas: 2, batchSize: 8, data: stripes(16) } as const;
const FACTS = { round: 0, replica: 0, examples: 4, loss: 1, metrics: { accuracy: 0.5 } };
/** What answers have to tell of the job and of the weights that they answer. */
type Task = Pick<AnswerHeader, "job" | "weightsDigest">;
const HEADER = { ...FACTS, worker: "evil-1", workerClass: "wasm", digest: "0".repeat(64), seconds: 0.1 };

interface Target {
  readonly job: string;
  readonly client: JobClient;
  readonly task: Task;
  /** The number of bytes of a right vector. */
  readonly bytes: number;
}

/** Sends something before any worker has answered. */
type Attack = (target: Target) => Promise<unknown>;

const answer = ({ job, client, task, bytes }: Target, header: Partial<AnswerHeader>, payload: Uint8Array) =>
  client.stream.publish(answerSubject(job, 0, 0), encodeAnswer({ ...HEADER, ...task, bytes, ...header }, payload));
const base64 = (name: string) => btoa(name).replaceAll("+", "-").replaceAll("/", "_");
const putInfo = ({ job, client }: Target, subject: string, info: string) =>
  client.stream.publish(`$O.cnn-${job}-answers.M.${subject}`, info);

/** An answer whose vector is said to be an object. */
const answerBy =
  (object: string): Attack =>
  (target) =>
    answer(target, { object }, new Uint8Array());

/** The same, and what the store knows of the object. */
const answerByObject =
  (info: object | string): Attack =>
  async (target) => {
    const known = { nuid: "x", size: 100, chunks: 0, digest: "SHA-256=x" };
    const text = typeof info === "string" ? info : JSON.stringify({ ...known, ...info });
    await putInfo(target, base64("0.a"), text);
    await answerBy("0.a")(target);
  };

async function taskOf(where: ServerOptions): Promise<Task> {
  const server = await JobServer.connect(connect, checked(where), new AbortController().signal);
  const record = await server.record();
  const spec = await server.get("job", 1e6);
  await server.close();
  if (!record || !spec) throw new Error("there is no job");
  return { job: await sha256(spec), weightsDigest: parseRoundRecord(record.value).weightsDigest };
}

/** Leads a job that somebody attacks. @returns who was refused, and the weights at the end */
async function train(attack: Attack, precision: "float32" | "float16" = "float32") {
  const job = `hostile-${jobs++}`;
  const where = { servers: nats.url, job };
  const model = smallNet(backend).compile({ optimizer: new SGD(), loss: "softmaxCrossEntropy", metrics: ["accuracy"] });
  const sizes = [...model.weights.values()].map(({ size }) => size);
  const run = await trainDistributed({ ...where, model, precision, ...DIVISION });
  const client = await joinAsStranger(nats.url, job);
  const task = await taskOf(where);
  await attack({ job, client, task, bytes: vectorBytes(sizes, precision) });
  await client.close();
  const worker = workDistributed({ ...where, backend, data: DIVISION.data });
  // It waits for the coordinator in vain if that one fails.
  worker.catch(() => {});
  const refused = new Map<string, string>();
  for await (const report of run) for (const { worker, why } of report.refused) refused.set(worker, why);
  await worker;
  const weights = await weightsOf(model);
  model.dispose();
  return { refused, weights };
}

describeWithNats("a worker that means harm ends no coordinator, and changes no bits", () => {
  let expected: Awaited<ReturnType<typeof train>>["weights"];
  beforeAll(async () => {
    nats = await startNatsServer();
    backend = await createBackend({ kind: "wasm", threads: 1 });
    expected = (await train(async () => {})).weights;
  });
  afterAll(async () => {
    backend?.destroy();
    await nats?.stop();
  });

  test.concurrent.each<readonly [name: string, attack: Attack]>([
    ["an answer by an object of an impossible name", answerBy("\u{1F600}")],
    ["an answer by an object without a name", answerBy("")],
    ["an answer by an object with a wildcard", answerBy("0.>")],
    ["an object whose name is no base64", (target) => putInfo(target, "%%%", "x")],
    ["an object whose name is two words", (target) => putInfo(target, "a.b", "x")],
    ["an object whose name has a wildcard", (target) => putInfo(target, base64("0.>"), "x")],
    ["an object whose name has a space", (target) => putInfo(target, base64("0. x"), "x")],
    ["an answer to no round", ({ job, client }) => client.stream.publish(`cnn.${job}.answer.x.y.z`, "x")],
  ])("%s", async (_, attack) => {
    const { refused, weights } = await train(attack);
    expect([...refused]).toEqual([]);
    expect(weights).toEqual(expected);
  });

  test.concurrent.each<readonly [name: string, why: RegExp, info: object | string]>([
    ["is too large", /has 1000000000 bytes on the server, expected at most \d+/, { size: 1e9 }],
    ["has no bytes", /is damaged on the server/, {}],
    ["has fewer than no bytes", /is damaged on the server/, { size: -5 }],
    ["has bytes that nobody can ask for", /is damaged on the server/, { nuid: "a b\r\n", chunks: 2 }],
    ["has the bytes of all", /is damaged on the server/, { nuid: ">", chunks: 2 }],
    ["is described by nonsense", /what the server knows of 0\.a is malformed/, "nonsense"],
  ])("an answer by an object that %s", async (_, why, info) => {
    const { refused, weights } = await train(answerByObject(info));
    expect([...refused]).toEqual([["evil-1", expect.stringMatching(why)]]);
    expect(weights).toEqual(expected);
  });

  test.concurrent("a vector of halves with an impossible exponent and the right digest", async () => {
    const { refused } = await train(async (target) => {
      const payload = new Uint8Array(target.bytes).fill(0x7f);
      await answer(target, { digest: await answerDigest(FACTS, payload) }, payload);
    }, "float16");
    expect([...refused]).toEqual([["evil-1", expect.stringMatching(/float16: the exponent is 32639/)]]);
  });

  test.concurrent("metrics with the digest of others", async () => {
    const { refused, weights } = await train(async (target) => {
      const payload = new Uint8Array(target.bytes);
      await answer(target, { metrics: { accuracy: 1e300 }, digest: await answerDigest(FACTS, payload) }, payload);
    });
    expect([...refused]).toEqual([["evil-1", expect.stringMatching(/digest/)]]);
    expect(weights).toEqual(expected);
  });
});

import { connect } from "@nats-io/transport-node";
import { expect, onTestFinished, test } from "vitest";
import {
  coordinatorPermissions,
  type Permissions,
  workerPermissions,
} from "../../../src/distributed/nats/permissions.js";
import type { NatsServer } from "../../../tools/nats/server.mjs";
import { bytes, isSame, joined, natsServer, noise, text } from "./server.js";

const user = (name: string, permissions: Permissions) =>
  `{ user: ${name}, password: secret, permissions: ${JSON.stringify(permissions)} }`;

/** A server where each user has the least rights, and a job that the coordinator made. */
async function guardedJob() {
  const users = [
    user("lead", coordinatorPermissions("digits", "lead")),
    user("w1", workerPermissions("digits", "w1")),
    user("w2", workerPermissions("digits", "w2")),
    "{ user: root, password: secret }",
  ];
  const server = await natsServer(`authorization { users: [ ${users.join(",\n")} ] }`);
  const job = await joined(server, { user: "lead" });
  await job.create("file", 10);
  return { server, job };
}

/** The bare client of a user, and all that the server refused it. */
async function bareClient({ url }: NatsServer, name: string) {
  const client = await connect({ servers: url, user: name, pass: "secret", inboxPrefix: `_INBOX.${name}` });
  onTestFinished(() => client.close());
  const refused: string[] = [];
  const follow = async () => {
    for await (const status of client.status()) if (status.type === "error") refused.push(status.error.message);
  };
  const followed = follow();
  onTestFinished(() => client.close().then(() => followed));
  return { client, refused };
}

test("a coordinator and a worker do all their calls with the least rights", async () => {
  const { server, job } = await guardedJob();
  const worker = await joined(server, { user: "w1" });
  const heard: string[] = [];
  job.onHeartbeat((id) => heard.push(id));
  await job.create("file", 20);
  await job.put("weights.0", noise(1_500_000));
  await job.put("weights.0", noise(1_500_000));
  const revision = await job.replaceRecord(bytes("{}"), undefined);
  expect(await job.replaceRecord(bytes("{ }"), revision)).toBeDefined();
  expect(await job.get("weights.0", 1e9)).toBeDefined();
  await job.publishWork(bytes("a"), "a");
  await job.publishWork(bytes("b"), "b");

  await worker.open();
  expect(text((await worker.record())?.value)).toBe("{ }");
  expect(isSame(await worker.get("weights.0", 1e9), noise(1_500_000))).toBe(true);
  expect(await worker.get("absent", 1e9)).toBeUndefined();
  const work = await worker.nextWork(10);
  work?.working();
  await worker.publishAnswer(0, 0, bytes("answer"));
  await worker.putAnswer("0.0.w1", noise(1_500_000));
  await work?.done();
  (await worker.nextWork(10))?.giveBack(0);
  expect(text((await worker.nextWork(10))?.bytes)).toBe("b");
  expect(await worker.refusal("w1")).toBeUndefined();
  await expect
    .poll(() => {
      worker.heartbeat("w1", bytes("alive"));
      return heard;
    })
    .toContain("w1");

  const answers = job.answers(0);
  expect(text(await answers.next(10))).toBe("answer");
  answers.close();
  expect(isSame(await job.getAnswer("0.0.w1", 1e9), noise(1_500_000))).toBe(true);
  await job.purgeAnswers(0);
  await job.purgeWork();
  await job.refuse("w1", "wrong data");
  expect(await job.refusals()).toEqual(new Map([["w1", "wrong data"]]));
  expect(await worker.refusal("w1")).toBe("wrong data");
  expect(await job.names()).toEqual(["weights.0"]);
  await job.remove("weights.0");
  await job.deleteAll();
});

test.each<[string, (worker: Awaited<ReturnType<typeof joined>>) => Promise<unknown>, string]>([
  ["create the job", (worker) => worker.create("file", 10), "$JS.API.STREAM.INFO.cnn-digits-work"],
  ["write the record", (worker) => worker.replaceRecord(bytes("{}"), undefined), "$KV.cnn-digits.round"],
  ["refuse a worker", (worker) => worker.refuse("w2", "why"), "$KV.cnn-digits.refused.w2"],
  ["write weights", (worker) => worker.put("weights.0", bytes("{}")), "$O.cnn-digits-rounds.C.weights.0."],
  ["delete weights", (worker) => worker.remove("weights.0"), "$JS.API.STREAM.PURGE.OBJ_cnn-digits-rounds"],
  ["publish work", (worker) => worker.publishWork(bytes("{}"), "id"), "cnn.digits.work"],
  ["delete work", (worker) => worker.purgeWork(), "$JS.API.STREAM.PURGE.cnn-digits-work"],
  ["read answers", (worker) => worker.answers(0).next(1), "$JS.API.STREAM.INFO.cnn-digits-answers"],
  ["read large answers", (worker) => worker.getAnswer("a", 9), "$JS.API.STREAM.MSG.GET.OBJ_cnn-digits-answers"],
  ["delete answers", (worker) => worker.purgeAnswers(0), "$JS.API.STREAM.INFO.cnn-digits-answers"],
  ["delete the job", (worker) => worker.deleteAll(), "$JS.API.STREAM.DELETE.cnn-digits-work"],
])("a worker may not %s", async (_, act, subject) => {
  const { server, job } = await guardedJob();
  const worker = await joined(server, { user: "w1" });
  await expect(act(worker)).rejects.toThrow(`test: the server forbids this user to publish to ${subject}`);
  expect(await job.record()).toBeUndefined();
  expect(await job.names()).toEqual([]);
});

test("workers cannot hear each other, nor reach another job", async () => {
  const { server } = await guardedJob();
  const { client, refused } = await bareClient(server, "w1");
  const subjects = ["_INBOX.>", "_INBOX.w2.>", "_INBOX.lead.>", "cnn.digits.>", "$O.>", "$KV.>", ">"];
  for (const subject of subjects) client.subscribe(subject, { callback: () => undefined });
  const published = ["cnn.other.work", "$JS.API.STREAM.DELETE.cnn-digits-work", "$JS.API.STREAM.LIST", "_INBOX.w2.x"];
  published.push("$JS.API.CONSUMER.DELETE.cnn-digits-work.workers", "$JS.API.CONSUMER.CREATE.OBJ_cnn-digits-rounds");
  published.push("$JS.API.CONSUMER.MSG.NEXT.cnn-digits-answers.x", "$JS.API.STREAM.UPDATE.cnn-digits-answers");
  for (const subject of published) client.publish(subject, "{}");
  await client.flush();
  const expected = [
    ...subjects.map((subject) => expect.stringContaining(`Subscription to "${subject}"`)),
    ...published.map((subject) => expect.stringContaining(`Publish to "${subject}"`)),
  ];
  await expect.poll(() => refused.length).toBe(expected.length);
  expect(refused).toEqual(expected);
});

test("a worker cannot delete others' answers by a rollup", async () => {
  const { server, job } = await guardedJob();
  const worker = await joined(server, { user: "w2" });
  await worker.publishAnswer(0, 0, bytes("answer"));
  await worker.putAnswer("0.0.w2", bytes("large"));
  const { client } = await bareClient(server, "w1");
  const { headers } = await import("@nats-io/nats-core");
  for (const subject of ["cnn.digits.answer.0.1", "$O.cnn-digits-answers.M.x"]) {
    const header = headers();
    header.set("Nats-Rollup", "all");
    const { data } = await client.request(subject, "", { headers: header, timeout: 5000 });
    expect(text(data)).toContain("rollup not permitted");
  }
  expect(text(await job.answers(0).next(10))).toBe("answer");
  expect(text(await job.getAnswer("0.0.w2", 9))).toBe("large");
});

test("a user who may not do what nobody waits for gets the error at the next call", async () => {
  const publish = workerPermissions("digits").publish.filter((subject) => !subject.includes(".worker."));
  const subscribe = workerPermissions("digits", "w1").subscribe;
  const server = await natsServer(
    `authorization { users: [ ${user("w1", { publish, subscribe })}, ${user("w2", { publish, subscribe: ["_INBOX.w2.>"] })} ] }`,
  );
  const worker = await joined(server, { user: "w1" });
  worker.heartbeat("w1", bytes("alive"));
  await expect(worker.open()).rejects.toThrow("forbids this user to publish to cnn.digits.worker.w1");
  const coordinator = await joined(server, { user: "w2" });
  coordinator.onHeartbeat(() => undefined);
  await expect(coordinator.open()).rejects.toThrow("forbids this user to subscribe to cnn.digits.worker.*");
});

test("a user whom the server does not know gets an error at once", async () => {
  const { server } = await guardedJob();
  await expect(joined(server, { user: "stranger" })).rejects.toThrow(`test: ${server.url} refused the login`);
});

test("a user without a right to hear answers gets an error", async () => {
  const server = await natsServer(`authorization { users: [ ${user("w1", { publish: [">"], subscribe: ["x"] })} ] }`);
  const worker = await joined(server, { user: "w1" });
  await expect(worker.record()).rejects.toThrow("test: the server forbids this user to subscribe to _INBOX.w1.");
  await expect(worker.nextWork(1)).rejects.toThrow("test: the server forbids this user to subscribe to _INBOX.w1.");
});

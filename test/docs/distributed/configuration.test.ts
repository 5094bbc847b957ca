import { connect } from "@nats-io/transport-node";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { existing } from "../../../src/core/objects.js";
import {
  coordinatorPermissions,
  type Permissions,
  workerPermissions,
} from "../../../src/distributed/nats/permissions.js";
import { type NatsServer, startNatsServer } from "../../../tools/nats/server.mjs";
import { refusalOf } from "../../distributed/support/clients.js";
import { describeWithNats } from "../../distributed/support/describeWithNats.js";
import { trainSmallNet } from "../../distributed/support/smallTraining.js";
import { authorization, everybody, OWN_JOB, PASSWORDS, volunteer, withVolunteer } from "./guideConfiguration.js";

const JOB = "mnist";

/** What follows a user's name, up to the end of its block. */
function blockOf(user: string): string {
  return existing(authorization.split(`user: ${user}\n`)[1]?.split("\n    }\n")[0]);
}

function subjectsOf(block: string, name: string): readonly string[] {
  const list = existing(block.split(`${name}: [`)[1]?.split("]")[0]);
  return [...list.matchAll(/"([^"]+)"/g)].map(([, subject = ""]) => subject);
}

function listedFor(user: string): Permissions {
  const block = blockOf(user);
  return { publish: subjectsOf(block, "publish"), subscribe: subjectsOf(block, "subscribe") };
}

test("the configuration gives each user the least permissions", () => {
  expect(listedFor("worker")).toEqual(workerPermissions(JOB, "worker"));
  expect(listedFor("coordinator")).toEqual(coordinatorPermissions(JOB, "coordinator"));
  expect(subjectsOf(volunteer, "publish")).toEqual(workerPermissions(OWN_JOB).publish);
});

describeWithNats("a server with these users", () => {
  let server: NatsServer;
  beforeAll(async () => {
    // Answers that are larger than a message need more permissions.
    server = await startNatsServer({ configuration: authorization, maxPayload: 4096 });
  });
  afterAll(() => server.stop());

  const as = (user: keyof typeof PASSWORDS) => ({ user, password: PASSWORDS[user] });
  const connectedAsWorker = () => connect({ servers: server.url, user: "worker", pass: PASSWORDS.worker });

  test("trains, and deletes the job", async () => {
    const where = { servers: server.url, job: JOB };
    const { losses, replicas } = await trainSmallNet(
      { ...where, authentication: as("coordinator") },
      { ...where, authentication: as("worker") },
    );
    expect(losses).toHaveLength(2);
    expect(replicas).toBe(4);
  });

  test.each([
    ["the work", "cnn.mnist.work"],
    ["the record", "$KV.cnn-mnist.round"],
    ["the weights", "$O.cnn-mnist-rounds.M.job"],
    ["a deletion", "$JS.API.STREAM.DELETE.cnn-mnist-work"],
    ["a purge of answers", "$JS.API.STREAM.PURGE.cnn-mnist-answers"],
    ["another job", "cnn.other.answer.0.0"],
  ])("a worker cannot publish %s", async (_, subject) => {
    expect(await refusalOf(await connectedAsWorker(), subject)).toContain(`Publish to "${subject}"`);
  });

  test("a worker can publish an answer", async () => {
    expect(await refusalOf(await connectedAsWorker(), "cnn.mnist.answer.0.0")).toBeUndefined();
  });

  test("visitors without a password compute, and read what others get, but not what users with a password get", async () => {
    // At the top of the file, because Node 20 has no WebSocket.
    const open = await startNatsServer({ configuration: `${withVolunteer}\n${everybody}` });
    onTestFinished(() => open.stop());
    const where = { servers: open.url, job: OWN_JOB };
    expect((await trainSmallNet({ ...where, authentication: as("coordinator") }, where)).replicas).toBe(4);
    const [visitor, other] = [await connect({ servers: open.url }), await connect({ servers: open.url })];
    const worker = await connect({
      ...{ servers: open.url, user: "worker", pass: PASSWORDS.worker },
      inboxPrefix: "_INBOX.worker",
    });
    const heard: string[] = [];
    visitor.subscribe("_INBOX.>", { callback: (_, { subject }) => void heard.push(subject) });
    await visitor.flush();
    const question = `$JS.API.STREAM.INFO.KV_cnn-${OWN_JOB}`;
    await worker.request(question);
    await other.request(question);
    await expect.poll(() => heard.length).toBe(1);
    expect(heard[0]).not.toContain("worker");
    expect(await refusalOf(visitor, `cnn.${OWN_JOB}.work`)).toContain(`Publish to "cnn.${OWN_JOB}.work"`);
    await Promise.all([visitor, other, worker].map((connection) => connection.close()));
  });
});

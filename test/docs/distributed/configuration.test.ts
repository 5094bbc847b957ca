import { readFileSync } from "node:fs";
import { join } from "node:path";
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
import { root } from "../support/pages.js";

const JOB = "mnist";
const PASSWORDS = { coordinator: "c-secret", worker: "w-secret" };
const configuration = readFileSync(join(root, "examples/distributed/nats-server.conf"), "utf8");
/** From its beginning to the end of the file. The ports and the store are those of a test. */
const authorization = configuration.slice(configuration.indexOf("authorization {"));
const withPasswords = authorization
  .replace("$COORDINATOR_PASSWORD", PASSWORDS.coordinator)
  .replace("$WORKER_PASSWORD", PASSWORDS.worker);

/** What follows a user's name, up to the end of its block. */
function blockOf(user: string): string {
  return existing(withPasswords.split(`user: ${user}\n`)[1]?.split("\n    }\n")[0]);
}

function listedFor(user: string): Permissions {
  const subjects = (name: string) => {
    const list = existing(blockOf(user).split(`${name}: [`)[1]?.split("]")[0]);
    return [...list.matchAll(/"([^"]+)"/g)].map(([, subject = ""]) => subject);
  };
  return { publish: subjects("publish"), subscribe: subjects("subscribe") };
}

test("the configuration gives each user the least permissions", () => {
  expect(listedFor("worker")).toEqual(workerPermissions(JOB, "worker"));
  expect(listedFor("coordinator")).toEqual(coordinatorPermissions(JOB, "coordinator"));
});

describeWithNats("a server with these users", () => {
  let server: NatsServer;
  beforeAll(async () => {
    // Answers that are larger than a message need more permissions.
    server = await startNatsServer({ configuration: withPasswords, maxPayload: 4096 });
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

  test("visitors without a password compute as the guide says", async () => {
    const page = readFileSync(join(root, "docs/guides/distributed.md"), "utf8");
    const subscribe = existing(/Its `subscribe` is `([^`]+)`/.exec(page)?.[1]);
    const everybody = existing(/^ *(no_auth_user: \w+)$/m.exec(page)?.[1]);
    const volunteer = `user: volunteer\n${blockOf("worker").replace(/subscribe: \[[^\]]*\]/, `subscribe: ${subscribe}`)}`;
    const open = await startNatsServer({
      configuration: `${withPasswords.replace("users: [", `users: [\n{\n${volunteer}\n}\n`)}\n${everybody}`,
    });
    onTestFinished(() => open.stop());
    const where = { servers: open.url, job: JOB };
    expect((await trainSmallNet({ ...where, authentication: as("coordinator") }, where)).replicas).toBe(4);
    const connection = await connect({ servers: open.url });
    expect(await refusalOf(connection, "cnn.mnist.work")).toContain('Publish to "cnn.mnist.work"');
  });
});
